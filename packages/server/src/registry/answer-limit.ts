import { RegistryError } from '../domain/problem.ts'

/** The bytes of the largest answer that a call without pages gives. */
export const ANSWER_BYTES = 16 * 1024 * 1024

/** About how many bytes an image and its tags take in an answer, with the names of members. */
export const bytesOfImage = (digest: string, tags: readonly string[]): number =>
  tags.reduce((sum, tag) => sum + tag.length + 3, digest.length + 64)

/** How many bytes a value takes as JSON. */
export const jsonBytes = (value: unknown): number => Buffer.byteLength(JSON.stringify(value))

/**
 * Refuses a call on `ids` images whose answer would be too large. It is asked before the call does anything.
 * @throws RegistryError `parameterInvalid`, which names a smaller batch
 */
export function refuseLargeAnswer(ids: number, answerBytes: number): void {
  if (answerBytes <= ANSWER_BYTES) return
  const fitting = Math.max(1, Math.floor((ids * ANSWER_BYTES) / answerBytes))
  throw new RegistryError({
    kind: 'parameterInvalid',
    member: 'imageIds',
    constraint: `Member must have length less than or equal to ${fitting}: the answer would be larger than ${ANSWER_BYTES} bytes`,
  })
}
