import { readFileSync } from 'node:fs'
import type { Environment } from '../environment.ts'
import { expandPath } from '../python/expand-path.ts'
import { systemError } from '../python/system-error.ts'

/** A file named by `file://` or `fileb://` cannot be used. */
export class ParamfileError extends Error {}

/**
 * What the file of a `file://` or `fileb://` text holds, as text or bytes; undefined for any other text.
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
