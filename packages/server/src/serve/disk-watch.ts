import { join } from 'node:path'
import type { SettingValues } from '../config/settings.ts'
import type { CoreProblem } from '../domain/problem.ts'
import type { Metric } from '../http/metrics/exposition.ts'
import { type DiskLook, DiskReserve } from '../runtime/disk/disk-reserve.ts'

const LOOK_MS = 5_000
const TOLD_EVERY_MS = 60_000

interface WatchLog {
  error(details: object, message: string): void
  warn(details: object, message: string): void
}

interface Seen {
  readonly disk: DiskReserve
  readonly look: DiskLook
}

/** The disks that a server with these settings writes to. */
export function disksOf({ dataDir, database, blobs }: Pick<SettingValues, 'dataDir' | 'database' | 'blobs'>) {
  const temporary = (name: string, held: 'temporary files' | 'parts of uploads') =>
    new DiskReserve(join(dataDir, name), { held, isMadeLater: true })
  return [
    ...(database === 'sqlite' ? [new DiskReserve(dataDir, { held: 'the database', file: 'berth.db' })] : []),
    blobs === 'files'
      ? new DiskReserve(join(dataDir, 'blobs'), { held: 'the blobs' })
      : temporary('parts', 'parts of uploads'),
    temporary('bodies', 'temporary files'),
  ]
}

/**
 * Watches the disks of a server: tells the log when one is full or cannot be written, once a minute while it is so, and
 * when that is over.
 */
export class DiskWatch {
  readonly #disks: readonly DiskReserve[]
  readonly #log: WatchLog
  /** The message that was told last, and when; undefined while all is well. */
  #told: { readonly what: string; readonly at: number } | undefined

  constructor(disks: readonly DiskReserve[], log: WatchLog) {
    this.#disks = disks
    this.#log = log
  }

  /** Looks now and again, and calls `onRoom` each time; until it is disposed of. */
  start(onRoom: () => Promise<void>): Disposable {
    const timer = setInterval(() => void this.look().then(onRoom), LOOK_MS)
    timer.unref()
    return { [Symbol.dispose]: () => clearInterval(timer) }
  }

  /** The reasons why no push can be taken, in sentences for people who may know no paths. */
  async troubles(): Promise<string[]> {
    return troublesOf(await this.#look())
  }

  /** Whether it is for the watch to tell of a problem that somebody has met. */
  async tells(problem: CoreProblem): Promise<boolean> {
    if (problem.kind === 'storageFull') return this.look()
    const isOfDisk = problem.kind === 'unavailable' && (await this.troubles()).includes(problem.what)
    return isOfDisk && this.look()
  }

  /** Tells the log what it should know. True where something is wrong. */
  async look(): Promise<boolean> {
    const seen = await this.#look()
    const what = troublesOf(seen).join(' ')
    const now = performance.now()
    const details = { disks: seen.map(({ disk, look }) => ({ folder: disk.folder, ...look })) }
    if (what === '') {
      if (this.#told !== undefined) this.#log.warn(details, 'the disks have room again, and pushes are taken')
      this.#told = undefined
      return false
    }
    const kind = what.replace(/\d[\d.]*/g, '')
    if (this.#told?.what !== kind || now - this.#told.at >= TOLD_EVERY_MS) {
      this.#told = { what: kind, at: now }
      this.#log.error(details, what)
    }
    return true
  }

  /** The figures of the disks, for Prometheus. */
  readonly metrics = async (): Promise<readonly Metric[]> => {
    const seen = await this.#look()
    const metric = (name: string, help: string, value: (look: DiskLook) => number): Metric => ({
      name,
      help,
      type: 'gauge',
      samples: seen.map(({ disk, look }) => ({
        labels: { holds: disk.held.replace(/^the /, '') },
        value: value(look),
      })),
    })
    return [
      metric('berth_disk_size_bytes', 'Size of the disk.', look => look.sizeBytes),
      metric('berth_disk_free_bytes', 'Bytes that are left on the disk.', look => look.freeBytes),
      metric('berth_disk_reserve_bytes', 'Bytes that pushes leave free on it.', look => look.reserveBytes),
      metric('berth_disk_writable', 'Whether the disk takes pushes.', look =>
        look.isFull || look.trouble !== undefined ? 0 : 1,
      ),
    ]
  }

  #look(): Promise<Seen[]> {
    return Promise.all(this.#disks.map(async disk => ({ disk, look: await disk.look() })))
  }
}

/** One sentence for each disk, whatever it holds. */
function troublesOf(seen: readonly Seen[]): string[] {
  const unusable = seen.flatMap(({ look }) => (look.trouble === undefined ? [] : [look.trouble]))
  const full = new Map<number, Seen[]>()
  for (const each of seen.filter(({ look }) => look.isFull && look.trouble === undefined))
    full.set(each.look.device, [...(full.get(each.look.device) ?? []), each])
  return [...unusable, ...[...full.values()].map(fullInWords)]
}

function fullInWords(seen: readonly Seen[]): string {
  const held = [...new Set(seen.map(({ disk }) => disk.held))]
  const { freeBytes = 0, reserveBytes = 0, isOutOfFiles = false } = seen[0]?.look ?? {}
  const what = held.length > 1 ? `${held.slice(0, -1).join(', ')} and ${held.at(-1)}` : held[0]
  const why = isOutOfFiles
    ? 'it has no room for more files'
    : `${mebibytes(freeBytes)} MiB are left, and pushes leave ${mebibytes(reserveBytes)} MiB`
  return `The disk that holds ${what} is full: ${why}. Pushes are refused; pulls and deletions go on.`
}

const mebibytes = (bytes: number): string => (bytes / 1024 / 1024).toFixed(1)
