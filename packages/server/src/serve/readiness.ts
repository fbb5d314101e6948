import { setTimeout as delay } from 'node:timers/promises'
import { isOutage } from '../domain/problem.ts'
import type { StorageKey } from '../ports/blob-store.ts'
import type { MetadataStore } from '../ports/metadata-store.ts'
import type { RegistryContext } from '../registry/context.ts'

/** A storage key under which nothing is ever stored. */
const NO_KEY = '00000000-0000-0000-0000-000000000000' as StorageKey
const PATIENCE_MS = 4_000

export interface ReadinessOptions {
  /** Aborted when the server stops: nobody is to send it anything new. */
  readonly signal?: AbortSignal | undefined
  readonly patienceMs?: number | undefined
  /** Why disks of this machine cannot take pushes, in sentences. */
  readonly disks?: (() => Promise<readonly string[]>) | undefined
}

/** True, or the reason why nothing should be sent here. */
export type Readiness = true | string

/**
 * Makes the question whether both stores answer and disks have room, within seconds: those who ask have little
 * patience. One question of a kind is under way at a time, however many ask.
 */
export function createReadiness(
  { metadata, blobs }: Pick<RegistryContext, 'metadata' | 'blobs'>,
  { signal, patienceMs = PATIENCE_MS, disks = async () => [] }: ReadinessOptions = {},
): () => Promise<Readiness> {
  const late = (what: string) => `${what} has not answered in ${patienceMs / 1000} s.`
  const questions = [
    createQuestion(
      () => metadata.rows.registries.list({ limit: 1 }).then(() => fullOrNot(metadata), whyNot('The database')),
      () => metadata.trouble?.() ?? late('The database'),
    ),
    createQuestion(
      () => blobs.sizeBytes(NO_KEY).then(nothing, whyNot('The blob store')),
      () => late('The blob store'),
    ),
    createQuestion(disks, () => late('A disk')),
  ]
  return async () => {
    if (signal?.aborted) return 'The server stops.'
    const giveUp = new AbortController()
    const tooLate = delay(patienceMs, 'late' as const, { signal: giveUp.signal }).catch(() => 'late' as const)
    try {
      const answers = await Promise.all(questions.map(question => question(tooLate)))
      return [...new Set(answers.flat())].join(' ') || true
    } finally {
      giveUp.abort()
    }
  }
}

type Answer = readonly string[]

/** The answer, or what is known without it when it is too late. */
function createQuestion(ask: () => Promise<Answer>, ifLate: () => string): (late: Promise<'late'>) => Promise<Answer> {
  let asking: Promise<Answer> | undefined
  return async tooLate => {
    asking ??= ask().finally(() => {
      asking = undefined
    })
    const answer = await Promise.race([asking, tooLate])
    return answer === 'late' ? [ifLate()] : answer
  }
}

const nothing = (): Answer => []

const fullOrNot = (metadata: MetadataStore): Answer =>
  metadata.isFull?.() === true
    ? ['The disk that holds the database is full. Pushes are refused; pulls and deletions go on.']
    : []

/** The reason without what only the log may know. */
const whyNot =
  (what: string) =>
  (error: unknown): Answer => [isOutage(error) ? error.problem.what : `${what} fails.`]
