import { wordsOf } from '../admin/errors.ts'
import { SecretNotShown } from '../admin/print-answer.ts'
import { UsageError } from '../admin/run-admin.ts'
import { ConfigError } from '../config/load-config.ts'
import { BackupRefused } from '../ports/backup-folder.ts'
import { DatabaseRefused } from '../ports/database-refused.ts'
import { MoveRefused } from '../registry/move/move-target.ts'
import { refusalOfNetwork } from '../runtime/network-errors.ts'
import { wordsOfSystem } from '../runtime/system-errors.ts'
import { FolderInUse } from '../storage/folder-lock.ts'
import { StoreHeld } from '../storage/hold-store.ts'
import { StorageError } from '../storage/open-stores.ts'
import { SecretKeyError } from '../storage/secret-key.ts'
import { KeyLost } from './init.ts'
import { PortError } from './open-port.ts'
import { TlsFilesError } from './tls-files.ts'

/** Errors whose messages are sentences for an operator. */
const FOR_PEOPLE = [
  ConfigError,
  DatabaseRefused,
  UsageError,
  SecretKeyError,
  StorageError,
  FolderInUse,
  KeyLost,
  SecretNotShown,
  StoreHeld,
  PortError,
  MoveRefused,
  BackupRefused,
  TlsFilesError,
]

/** Says what ended the program, in words that a person can act on. */
export function explain(error: unknown): string {
  const words = wordsOf(error)
  if (words !== undefined) return withReason(words, error)
  if (FOR_PEOPLE.some(kind => error instanceof kind)) return (error as Error).message
  return wordsOfSystem(error) ?? wordsOfDatabase(error) ?? faultOfOurs(error)
}

/** Adds why a store could not be reached in the middle of the work, where the words do not say it. */
function withReason(words: string, error: unknown): string {
  for (let cause = error; cause instanceof Error; cause = cause.cause) {
    const refusal = refusalOfNetwork(cause)
    if (refusal === undefined) continue
    return words.includes(refusal.what) ? words : `${words.replace(/\.$/, '')}: ${refusal.what}. ${refusal.todo}`
  }
  return words
}

/** Words what SQLite tells of a file that it finds damaged while it reads it. */
const wordsOfDatabase = (error: unknown): string | undefined =>
  error instanceof Error && 'errcode' in error
    ? `The database cannot be used: ${error.message}. \`berthd admin verify\` looks further where it can be opened; else ` +
      'restore a backup to a new folder (berthd help restore).'
    : undefined

/** Words a fault of ours for a report, since nobody but us can mend it: where it happened, in one line. */
function faultOfOurs(error: unknown): string {
  if (!(error instanceof Error)) return `berthd met a fault of its own: ${String(error)}.`
  const [message = ''] = error.message.split('\n')
  const [where] = /(?<=\bat ).*/.exec(error.stack ?? '') ?? []
  const at = where === undefined ? '' : ` (at ${where})`
  return `berthd met a fault of its own, which is worth a report: ${message.replace(/\.$/, '')}${at}.`
}
