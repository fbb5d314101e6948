import { wordsOf } from '../admin/errors.ts'
import { UsageError } from '../admin/run-admin.ts'
import { ConfigError } from '../config/load-config.ts'
import { DatabaseRefused } from '../ports/database-refused.ts'
import { MoveRefused } from '../registry/move/move.ts'
import { FolderInUse } from '../storage/folder-lock.ts'
import { StoreHeld } from '../storage/hold-store.ts'
import { StorageError } from '../storage/open-stores.ts'
import { SecretKeyError } from '../storage/secret-key.ts'
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
  StoreHeld,
  PortError,
  MoveRefused,
  TlsFilesError,
]

/** What ended the program, in words that a person can act on. Only a fault of berth's own shows its stack. */
export function explain(error: unknown): string {
  const words = wordsOf(error)
  if (words !== undefined) return words
  if (FOR_PEOPLE.some(kind => error instanceof kind)) return (error as Error).message
  if (error instanceof Error && 'code' in error) return error.message
  return error instanceof Error ? (error.stack ?? error.message) : String(error)
}
