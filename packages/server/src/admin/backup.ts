import { RegistryError } from '../domain/problem.ts'
import type { Sealer } from '../domain/secrets/sealer.ts'
import { type BackupFolder, BackupRefused } from '../ports/backup-folder.ts'
import { createBackup } from '../registry/backup/create-backup.ts'
import type { BackupManifest } from '../registry/backup/manifest.ts'
import { type AdminOptions, type AdminTools, Unfinished } from './command.ts'
import type { FolderCommand } from './folder-call.ts'
import { operator } from './operator.ts'
import { showBytes } from './show-bytes.ts'

const MINUTE_MS = 60 * 1000
const HOLD_MINUTES = 60
const MOST_MINUTES = 7 * 24 * 60

export const backupCommand: FolderCommand = {
  options: {
    'hold-minutes': {
      value: 'N',
      about: 'How long bytes of deleted images may stay on the disk while the last part of the backup is made.',
      fallback: String(HOLD_MINUTES),
    },
    rehash: { about: 'Read and hash the bytes that are in the backup already, and copy anew what is damaged.' },
  },
  about: 'Back up the registry to a folder while it serves; a later run on the same folder copies only what is new.',
  examples: ['berthd backup /backup/berth --data-dir /var/lib/berth'],
}

/** The tools that the command works with. */
export interface BackupTools extends Pick<AdminTools, 'context' | 'place' | 'progress'> {
  readonly sealer: Sealer
  readonly release: Pick<BackupManifest, 'berth' | 'schema'>
}

/** Makes a backup, and returns what is printed. @throws BackupRefused */
export async function runBackup(tools: BackupTools, folder: BackupFolder, options: AdminOptions): Promise<unknown> {
  const { context, progress } = tools
  const holdMs = minutesOf(options) * MINUTE_MS
  const total = await context.metadata.rows.moves.total()
  using stop = stopOnSignal('The backup was stopped. Run the same command again: it goes on from what is there.')
  const { manifest, copied, faults } = await createBackup(context, folder, {
    ...tools,
    actor: operator(),
    holdMs,
    rehash: options.given('rehash'),
    signal: stop.signal,
    onStep: step => progress.line(`backup: ${step}`),
    onFault: ({ kind, digest, detail }) => progress.line(`backup: ${kind} ${digest}: ${detail}`),
    onBytes: ({ blobs, bytes }) =>
      progress.now(
        `backup: ${blobs} of ${total.blobs} blobs, ${showBytes(bytes)} of ${showBytes(total.bytes)} are there`,
      ),
    onRows: ({ table, rows }) => progress.now(`backup: ${table}, ${rows} rows`),
  })
  progress.done()
  const { id, takenAt, blobs } = manifest
  const rows = Object.fromEntries(manifest.tables.map(table => [table.name, table.rows]))
  const answer = { backup: folder.place, id, takenAt, copied, blobs, faults, rows, next: nextSteps(faults) }
  return faults === 0 ? answer : new Unfinished(answer)
}

function nextSteps(faults: number): string[] {
  const key = 'Keep the secret key apart from the backup: it is not in it, and nothing is restored without it.'
  if (faults === 0) return [key]
  return [
    'The backup is complete but for the damaged blobs that were told of. Mark them with `berthd admin verify --repair`, ' +
      'or push them again, and run the backup again.',
    key,
  ]
}

function minutesOf(options: AdminOptions): number {
  const text = options.optional('hold-minutes') ?? String(HOLD_MINUTES)
  const minutes = /^\d{1,6}$/.test(text) ? Number(text) : 0
  if (minutes >= 1 && minutes <= MOST_MINUTES) return minutes
  throw new RegistryError({
    kind: 'parameterInvalid',
    member: 'hold-minutes',
    constraint: `it must be a number of minutes from 1 to ${MOST_MINUTES}`,
  })
}

/** Ends the work at SIGINT and SIGTERM, with that sentence as the error. A second signal ends the process at once. */
export function stopOnSignal(sentence: string): Disposable & { readonly signal: AbortSignal } {
  const controller = new AbortController()
  const stop = () => {
    controller.abort(new BackupRefused(sentence))
    process.off('SIGINT', stop).off('SIGTERM', stop)
  }
  process.on('SIGINT', stop).on('SIGTERM', stop)
  return {
    signal: controller.signal,
    [Symbol.dispose]: () => void process.off('SIGINT', stop).off('SIGTERM', stop),
  }
}
