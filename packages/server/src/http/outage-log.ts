import { type CoreProblem, isOutage } from '../domain/problem.ts'

const TOLD_EVERY_MS = 60_000
/** The most sentences that are remembered: more than there are about outages. */
const MOST = 100

/** Takes note of a request that a store or a disk kept from being done. `details` say which request. */
export type NoteOutage = (error: unknown, details: object) => void

export interface OutageLog {
  error(details: object, message: string): void
}

/**
 * Tells of an outage once a minute, however many requests it fails. `isTold` says whether somebody else tells of it:
 * disks are watched.
 */
export function createOutageNotes(
  log: OutageLog,
  isTold: (problem: CoreProblem) => Promise<boolean> = async () => false,
): NoteOutage {
  const told = new Map<string, { at: number; failures: number }>()
  const note = async (error: unknown, details: object) => {
    if (!isOutage(error) || (await isTold(error.problem))) return
    const { what } = error.problem
    const known = told.get(what) ?? { at: Number.NEGATIVE_INFINITY, failures: 0 }
    known.failures += 1
    const now = performance.now()
    if (now - known.at >= TOLD_EVERY_MS) {
      log.error({ ...details, err: error, failures: known.failures }, what)
      known.at = now
      known.failures = 0
    }
    if (told.size < MOST) told.set(what, known)
  }
  return (error, details) => void note(error, details)
}
