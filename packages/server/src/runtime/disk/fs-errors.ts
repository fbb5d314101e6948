import { RegistryError } from '../../domain/problem.ts'

const FULL = { what: 'The disk that holds the blobs is full.', retryAfterSeconds: 60 }
const TOO_MANY_FILES = { what: 'The server has too many files open.', retryAfterSeconds: 5 }

const shortages: Readonly<Record<string, { what: string; retryAfterSeconds: number }>> = {
  ENOSPC: FULL,
  EDQUOT: FULL,
  EMFILE: TOO_MANY_FILES,
  ENFILE: TOO_MANY_FILES,
}

/** The disk is as full as blobs may make it. */
export const diskFull = (): RegistryError => new RegistryError({ kind: 'unavailable', ...FULL })

/** The `code` of a system error, such as ENOENT. */
function codeOf(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined
}

/** What to throw for `error`: RegistryError `unavailable` where waiting may help, else the error itself. */
export function fsError(error: unknown): unknown {
  const shortage = shortages[codeOf(error) ?? '']
  return shortage ? new RegistryError({ kind: 'unavailable', ...shortage }, { cause: error }) : error
}

/** Awaits a file system call, and throws its failure as `fsError` translates it. */
export async function fsCall<T>(call: Promise<T>): Promise<T> {
  try {
    return await call
  } catch (error) {
    throw fsError(error)
  }
}

/** As `fsCall`; undefined where there is no such file. */
export async function unlessAbsent<T>(call: Promise<T>): Promise<T | undefined> {
  try {
    return await call
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined
    throw fsError(error)
  }
}
