import { resolve } from 'node:path'
import { type Logger, pino, stdTimeFunctions } from 'pino'
import type { SettingValues } from '../config/settings.ts'
import { MemoryBudget } from '../http/memory-budget.ts'
import { createOutageNotes, type NoteOutage } from '../http/outage-log.ts'
import { usualConnections } from './connection-limit.ts'
import { DiskWatch, disksOf } from './disk-watch.ts'

/** The bytes that all clients together can make the server hold. */
const MEMORY_BYTES = 128 * 1024 * 1024

/** The parts that every step of `serve` works with. */
export interface ServerProcess {
  readonly config: SettingValues
  readonly log: Logger
  readonly disks: DiskWatch
  /** Tells the log of outages that requests and background work meet. */
  readonly noteOutage: NoteOutage
  readonly memory: MemoryBudget
  readonly maxConnections: number
  /** Aborted at the first signal: nobody is to send anything new. */
  readonly stopping: AbortController
  /** Aborted when the requests in flight have their answers. Background work ends then. */
  readonly ending: AbortController
}

/** Makes the parts that every step works with. Call it before there are connections, as `usualConnections` must be. */
export function createServerProcess(config: SettingValues): ServerProcess {
  const { maxConnections = usualConnections() } = config
  const log = createLog(config['log.level'])
  const disks = new DiskWatch(disksOf({ ...config, dataDir: resolve(config.dataDir) }), log)
  return {
    config,
    disks,
    noteOutage: createOutageNotes(log, problem => disks.tells(problem)),
    log,
    memory: new MemoryBudget({ limitBytes: MEMORY_BYTES }),
    maxConnections,
    stopping: new AbortController(),
    ending: new AbortController(),
  }
}

/** Lines with the level by its name and the time as ISO 8601 writes it, in UTC. */
function createLog(level: SettingValues['log.level']): Logger {
  const formatters = { level: (label: string) => ({ level: label }) }
  return pino({ level, formatters, timestamp: stdTimeFunctions.isoTime }, pino.destination({ fd: 2, sync: true }))
}
