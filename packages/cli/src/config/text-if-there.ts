import { readFileSync } from 'node:fs'

/** The text of a file; undefined where no file is. @throws the system's own error */
export function textIfThere(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    if (isAbsent(error)) return undefined
    throw error
  }
}

/** Whether the system says that nothing is at a path, for a file that could not be reached. */
export const isAbsent = (error: unknown): boolean =>
  error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'ENOTDIR')
