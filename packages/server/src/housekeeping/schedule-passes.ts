import { Worker } from 'node:worker_threads'
import type { SettingValues } from '../config/settings.ts'
import { RegistryError } from '../domain/problem.ts'
import type { PassRow } from '../ports/rows/upkeep/passes.ts'
import type { Removals } from '../registry/blobs/removals.ts'
import type { Uploads } from '../registry/blobs/uploads.ts'
import type { RegistryContext } from '../registry/context.ts'
import { type ClockDoubt, ClockWatch } from './clock-watch.ts'
import { areReferencesMended } from './mend-references.ts'
import { mendTimes } from './mend-times.ts'
import type { PassNews, PassTask } from './pass-thread.ts'
import { runPass } from './run-pass.ts'
import { LOOK_MS, type Looking, untilRulesAreDue } from './until-rules-are-due.ts'

const SCHEDULE = 'housekeeping'
/** The schedule by which servers take turns to look after policies that are due, between two passes. */
const RULES = 'housekeeping for rules'
const RULES_LEASE_MS = 15_000
const WHENEVER = Number.MAX_SAFE_INTEGER

export interface ScheduleOptions {
  readonly config: SettingValues
  readonly context: RegistryContext
  readonly uploads: Uploads
  readonly removals: Removals
  /** Ends the work in hand before its next transaction. */
  readonly signal: AbortSignal
  /** How often to look whether lifecycle policies are due. */
  readonly looking?: Looking
  readonly onPass: (pass: PassRow) => void
  readonly onError: (error: unknown) => void
  /** Called for a clock that is not believed, and for what a wrong clock has left behind. */
  readonly warn: (details: object, what: string) => void
}

/**
 * Does the work that waits for no request, `collectSeconds` after it was last done, or as soon as a lifecycle policy is
 * due: gives up uploads that nobody goes on with, carries out keep rules, empties the bin, and collects blobs that
 * nothing needs. A thread does all but the first, and is there only while something is due: SQLite works on the thread
 * that asks it, and pulls must not wait for it.
 */
export async function schedulePasses(options: ScheduleOptions): Promise<void> {
  const { config, context, signal, onError } = options
  const watch = new ClockWatch(context)
  let doubted: ClockDoubt | undefined
  const { usualMs, longestMs } = options.looking ?? LOOK_MS
  let [isForRules, lookMs] = [false, usualMs]
  while (!signal.aborted) {
    try {
      const doubt = await watch.doubt()
      if (doubt !== undefined && doubt.kind !== doubted) options.warn(doubt, DOUBTS[doubt.kind])
      doubted = doubt?.kind
      if (doubt === undefined) await mend(options)
      if (doubt?.kind !== 'ahead' && (await isOurTurn(options, isForRules))) await passOnce(options, isForRules)
    } catch (error) {
      onError(error)
    }
    // Policies that are still due after a pass have failed, or another server is at them.
    lookMs = isForRules ? Math.min(2 * lookMs, longestMs) : usualMs
    const pause = { mostMs: config.collectSeconds * 1000, lookMs, isToLook: doubted !== 'ahead' }
    isForRules = await untilRulesAreDue(context, pause, { signal, onError })
  }
}

const DOUBTS: Readonly<Record<ClockDoubt, string>> = {
  ahead: 'the clock is far ahead of the last time known; what it says is due waits for an hour, in case it is wrong',
  behind: 'the clock is behind the last time known; times that are ahead of it stay as they are for a day',
}

async function mend({ context, signal, warn }: ScheduleOptions): Promise<void> {
  const mended = await mendTimes(context, signal)
  if (Object.keys(mended).length > 0)
    warn({ mended }, 'times lay further ahead than they can, by a clock that was wrong')
}

/**
 * Whether this server is to do the pass. Of servers that share their rows, none does so when another began or finished
 * within half an interval. This only spares work: where a pass takes longer others join it, and where a server died in
 * one they do not wait for it. For lifecycle policies that are due it matters neither when the last pass was nor who
 * died in it.
 */
async function isOurTurn({ config, context }: ScheduleOptions, isForRules: boolean): Promise<boolean> {
  const { metadata, clock } = context
  if (!metadata.isShared) return true
  const now = clock.now()
  const halfMs = Math.round((config.collectSeconds * 1000) / 2)
  return metadata.transaction(({ schedules }) =>
    isForRules
      ? schedules.claim(RULES, now, now + RULES_LEASE_MS, WHENEVER)
      : schedules.claim(SCHEDULE, now, now + halfMs, now - halfMs),
  )
}

async function passOnce(
  { config, context, uploads, removals, ...options }: ScheduleOptions,
  isForRules: boolean,
): Promise<void> {
  const { signal, onPass, onError } = options
  const { metadata, clock } = context
  const ended = await uploads.expire(signal)
  if (signal.aborted) return
  if (await isWorkDue(context)) await runThread({ config, ended }, options)
  else onPass(await runPass({ context, removals }, { ended, ranBy: 'server', signal, onError }))
  if (!metadata.isShared) return
  await metadata.transaction(async ({ schedules }) => {
    for (const name of isForRules ? [RULES, SCHEDULE] : [SCHEDULE]) await schedules.finish(name, clock.now(), '{}')
  })
}

async function isWorkDue({ metadata, clock, lifecycleMs }: RegistryContext): Promise<boolean> {
  const now = clock.now()
  if (!(await areReferencesMended(metadata))) return true
  const { bin, lifecycle, reviews, journal, hiddenRepositories, imageConfigs } = metadata.rows
  const due = await Promise.all([
    bin.due(now, 1),
    hiddenRepositories.list(1),
    imageConfigs.lacking(1),
    reviews.due(now, 1),
    journal.due(now, 1),
    lifecycle.dueIds(now - lifecycleMs, 1),
  ])
  return due.some(found => found.length > 0)
}

const errorOf = ({ error, outage }: Extract<PassNews, { error: unknown }>): unknown =>
  outage === undefined ? error : new RegistryError(outage, { cause: error })

/** Runs the thread. Rejects where it dies of an error. */
function runThread(
  task: PassTask,
  { signal, onPass, onError }: Pick<ScheduleOptions, 'signal' | 'onPass' | 'onError'>,
): Promise<void> {
  const thread = new Worker(new URL('./pass-thread.js', import.meta.url), {
    workerData: task,
    // The thread works in small batches: a small nursery is enough, and memory is for uploads.
    resourceLimits: { maxYoungGenerationSizeMb: 4 },
  })
  const stop = () => thread.postMessage('stop')
  signal.addEventListener('abort', stop, { once: true })
  if (signal.aborted) stop()
  return new Promise<void>((resolve, reject) => {
    thread.on('message', (news: PassNews) => ('pass' in news ? onPass(news.pass) : onError(errorOf(news))))
    thread.once('error', reject)
    thread.once('exit', () => resolve())
  }).finally(() => signal.removeEventListener('abort', stop))
}
