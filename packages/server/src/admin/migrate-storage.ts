import type { MoveRow } from '../ports/rows/move/moves.ts'
import { reopenSource } from '../registry/move/move.ts'
import { type MoveReport, moveStorage } from '../registry/move/move-storage.ts'
import { type AdminCommand, type AdminOptions, type AdminTools, Unfinished } from './command.ts'

/** The settings of the target, beside those of the registry that is moved. */
const TARGET = ['to-database', 'to-blobs', 'to-data-dir', 'to-config']

const showMove = (row: MoveRow | undefined) =>
  row === undefined
    ? { state: 'none' }
    : { state: row.state, to: row.otherEnd, since: new Date(row.changedAt).toISOString() }

/** Moves a registry to other storage, beside a running server (docs/migration.md). */
export const migrateStorageCommand: AdminCommand = {
  options: {
    'to-database': {
      value: 'sqlite|URL',
      about: 'Where the rows go, as --database says it. Needed unless --to-config has it.',
    },
    'to-blobs': {
      value: 'files|URL',
      about: 'Where the bytes go, as --blobs says it. Needed unless --to-config has it.',
    },
    'to-data-dir': {
      value: 'DIR',
      about: 'The data folder that they go to, where the rows are sqlite or the bytes are files.',
    },
    'to-config': { value: 'FILE', about: 'A configuration file with the settings of where they go.' },
    finish: { about: 'Stop writes, copy the last part, and end the move.' },
    rehash: { about: 'Hash again the bytes that are there already.' },
    status: { about: 'Show how far a move is, and do nothing.' },
    abort: { about: 'Let a move go that is not finished.' },
  },
  notTogether: ['finish', 'status', 'abort'],
  about:
    'Copy the registry to other storage while it serves; --finish stops writes and ends the move, --abort lets an ' +
    'unfinished one go, --status shows it.',
  examples: [
    'berthd admin migrate-storage --to-database postgres://berth@db/berth --to-blobs s3://bucket',
    'berthd admin migrate-storage --to-database postgres://berth@db/berth --to-blobs s3://bucket --finish',
  ],
  seals: true,
  async run(tools, options) {
    const { metadata, context, progress } = tools
    if (options.given('abort')) return showMove(await reopenSource(metadata, context.clock))
    if (options.given('status')) return showMove(await metadata.rows.moves.find('source'))
    await using target = await tools.openStorage(flagsOf(options))
    const report = await move(tools, target, options)
    progress.done()
    const answer = { to: target.place, ...report, next: nextSteps(report) }
    return report.faults === 0 ? answer : new Unfinished(answer)
  },
}

/** The target's settings as flags; what is a default for a server must be said here. */
function flagsOf(options: AdminOptions): string[] {
  if (!options.given('to-config')) {
    const stores = [options.required('to-database'), options.required('to-blobs')]
    if (stores.includes('sqlite') || stores.includes('files')) options.required('to-data-dir')
  }
  return TARGET.flatMap(option => {
    const value = options.optional(option)
    return value === undefined ? [] : [`--${option}`, value]
  })
}

async function move(
  { metadata, context, signingKeys, place, progress }: AdminTools,
  target: Awaited<ReturnType<AdminTools['openStorage']>>,
  options: AdminOptions,
): Promise<MoveReport> {
  const total = await metadata.rows.moves.total()
  return moveStorage({ metadata, blobs: context.blobs, place }, target, {
    clock: context.clock,
    finish: options.given('finish'),
    rehash: options.given('rehash'),
    // The new key signs for days: pulls need no newer one while the source cannot store any.
    beforeStop: async () => void (await signingKeys.rotate()),
    onFault: ({ kind, digest, detail }) => progress.line(`migrate: ${kind} ${digest}: ${detail}`),
    onStep: step => progress.line(`migrate: ${step}`),
    onBytes: ({ blobs, bytes }) =>
      progress.now(`migrate: ${blobs} of ${total.blobs} blobs, ${bytes} of ${total.bytes} bytes are there`),
    onRows: ({ table, rows }) => progress.now(`migrate: ${table}, ${rows} rows`),
  })
}

function nextSteps({ state, faults }: MoveReport): string[] {
  if (faults > 0)
    return [
      'Repair the blobs that were told of, with `berthd admin verify --repair` or by pushing them, and run again.',
    ]
  if (state !== 'moved') return ['Run this again with --finish when writes may stop for the last part.']
  return [
    'Stop berthd, and start it with the settings of where the registry is now.',
    'Give it the same secret key, with --secret-key-file or BERTH_SECRET_KEY: DATA_DIR/secret.key, if none was named.',
  ]
}
