import { readFileSync } from 'node:fs'
import type { Environment } from '../environment.ts'
import { textRepr } from '../python/text.ts'

/** A file named by `file://` or `fileb://` that cannot be used. */
export class ParamfileError extends Error {}

/**
 * What a `file://` text or the bytes behind `fileb://` hold; undefined for any other text.
 * @throws ParamfileError
 */
export function loadParamfile(text: string, environment: Environment): string | Uint8Array | undefined {
  const prefix = ['file://', 'fileb://'].find(each => text.startsWith(each))
  if (prefix === undefined) return undefined
  const path = expandPath(text.slice(prefix.length), environment)
  const bytes = readBytes(text, path)
  if (prefix === 'fileb://') return bytes
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes).replace(/\r\n?/g, '\n')
  } catch {
    throw new ParamfileError(
      `Unable to load paramfile (${path}), text contents could not be decoded.  If this is a binary file, please use the fileb:// prefix instead of the file:// prefix.`,
    )
  }
}

function readBytes(text: string, path: string): Uint8Array {
  try {
    return readFileSync(path)
  } catch (error) {
    throw new ParamfileError(`Unable to load paramfile ${text}: ${systemError(error, path)}`)
  }
}

/** `~` and `~/…` at the front, `$NAME` and `${NAME}` anywhere; what is not set stays as it is. */
export function expandPath(path: string, { env, home }: Pick<Environment, 'env' | 'home'>): string {
  const rooted = path === '~' || path.startsWith('~/') ? home + path.slice(1) : path
  // Where no brace closes any more, none needs to be looked for.
  const braces = rooted.lastIndexOf('}') + 1
  const value = (all: string, plain?: string, braced?: string) => env[plain ?? braced ?? ''] ?? all
  return (
    rooted.slice(0, braces).replace(/\$(?:(\w+)|\{([^}]*)\})/g, value) + rooted.slice(braces).replace(/\$(\w+)/g, value)
  )
}

const REASONS = new Map([
  ['EPERM', [1, 'Operation not permitted']],
  ['ENOENT', [2, 'No such file or directory']],
  ['EACCES', [13, 'Permission denied']],
  ['ENOTDIR', [20, 'Not a directory']],
  ['EISDIR', [21, 'Is a directory']],
  ['ENAMETOOLONG', [36, 'File name too long']],
  ['ELOOP', [40, 'Too many levels of symbolic links']],
])

/** A failed system call as Python tells it: `[Errno 2] No such file or directory: 'x'`. */
export function systemError(error: unknown, path: string): string {
  const code = error instanceof Error && 'code' in error ? String(error.code) : ''
  const reason = REASONS.get(code)
  return reason
    ? `[Errno ${reason.join('] ')}: ${textRepr(path)}`
    : error instanceof Error
      ? error.message
      : String(error)
}
