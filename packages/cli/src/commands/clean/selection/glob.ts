import { matchesGlob, parseGlob } from '@berth/lifecycle'

export interface Glob {
  readonly pattern: string
  readonly matches: (text: string) => boolean
}

/** A pattern in which `*` is any text, `?` one character and everything else itself. */
export function glob(pattern: string): Glob {
  const read = parseGlob(pattern)
  return { pattern, matches: text => matchesGlob(read, text) }
}

export const isGlob = (pattern: string): boolean => /[*?]/.test(pattern)
