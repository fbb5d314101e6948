import { RegistryError } from '../domain/problem.ts'

/** The most that a call answers which has no pages. */
export const ANSWER_BYTES = 16 * 1024 * 1024

/** About what an image and its tags take in an answer, names of members and all. */
export const bytesOfImage = (digest: string, tags: readonly string[]): number =>
  tags.reduce((sum, tag) => sum + tag.length + 3, digest.length + 64)

export const jsonBytes = (value: unknown): number => Buffer.byteLength(JSON.stringify(value))

/**
 * To be asked of a call on `ids` images before it is done.
 * @throws RegistryError `parameterInvalid`, naming the smaller batch
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
