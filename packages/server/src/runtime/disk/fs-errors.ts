import { type CoreProblem, RegistryError } from '../../domain/problem.ts'

/** The contents of a folder or disk, in words that follow "the disk that holds". */
export type Held = 'the blobs' | 'the database' | 'temporary files' | 'parts of uploads'

type Words = (held: Held) => Extract<CoreProblem, { kind: 'storageFull' | 'unavailable' }>

const full: Words = held => ({
  kind: 'storageFull',
  what: `The disk that holds ${held} is full.`,
  retryAfterSeconds: 60,
})
const away =
  (what: (held: Held) => string, retryAfterSeconds = 30): Words =>
  held => ({ kind: 'unavailable', what: what(held), retryAfterSeconds })

const tooManyFiles = away(() => 'The server has too many files open.', 5)
const readOnly = away(held => `The disk that holds ${held} is read-only.`)
const forbidden = away(held => `The server may not write to the folder of ${held}.`)
const failing = away(held => `The disk that holds ${held} could not be read or written.`)
const missing = away(held => `The folder of ${held} is not there.`)

/** The words for the codes of system errors that may be over again without berth being started anew. */
const WORDS: Readonly<Record<string, Words>> = {
  ENOSPC: full,
  EDQUOT: full,
  EMFILE: tooManyFiles,
  ENFILE: tooManyFiles,
  EROFS: readOnly,
  EACCES: forbidden,
  EPERM: forbidden,
  EIO: failing,
  ESTALE: failing,
  ENOTCONN: failing,
  ENOENT: missing,
  ENOTDIR: missing,
}

/** A disk that may not be filled any further. */
export const diskFull = (held: Held, cause?: unknown): RegistryError => new RegistryError(full(held), { cause })

/** The `code` of a system error, such as ENOENT. */
export function codeOf(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined
}

/** Why a disk or folder cannot be used, in a sentence; undefined where `error` does not say so. */
export const diskTrouble = (error: unknown, held: Held): string | undefined => WORDS[codeOf(error) ?? '']?.(held).what

/** The error to throw for `error`: RegistryError `storageFull` or `unavailable` where waiting may help, else itself. */
export function fsError(error: unknown, held: Held): unknown {
  const words = WORDS[codeOf(error) ?? '']
  return words ? new RegistryError(words(held), { cause: error }) : error
}

/** Awaits a file system call and throws its failure as `fsError` sees it. */
export async function fsCall<T>(call: Promise<T>, held: Held): Promise<T> {
  try {
    return await call
  } catch (error) {
    throw fsError(error, held)
  }
}

/** As `fsCall`, but undefined where there is no such file. */
export async function unlessAbsent<T>(call: Promise<T>, held: Held): Promise<T | undefined> {
  try {
    return await call
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined
    throw fsError(error, held)
  }
}
