import { findInLinearTime } from './find-in-linear-time.ts'
import { findWithGaps, stepsWithGaps } from './find-with-gaps.ts'

/** What stands between two `*`: texts, with one `?` between each two. */
export type GlobPart = readonly string[]

/** A pattern that was read: parts, with one `*` between each two. */
export type Glob = readonly GlobPart[]

/**
 * Reads a pattern. `*` stands for any run of characters, the empty one too, and `?` for exactly one. Neither can be
 * escaped.
 */
export function parseGlob(text: string): Glob {
  return text.split('*').map(part => part.split('?'))
}

/** A pattern that matches `text` and nothing else, whatever characters `text` holds. */
export function literalGlob(text: string): Glob {
  return [[text]]
}

/** The patterns one behind the other, as one pattern. */
export function joinGlobs(globs: readonly Glob[]): Glob {
  const parts: string[][] = [['']]
  for (const glob of globs) {
    for (const [index, [text = '', ...afterGaps]] of glob.entries()) {
      if (index > 0) parts.push([''])
      const open = parts.at(-1) ?? []
      open.push((open.pop() ?? '') + text, ...afterGaps)
    }
  }
  return parts
}

/**
 * Whether the whole of `text` matches. Pattern and text are well-formed Unicode. Each part is taken at the first place
 * where it fits behind the part before, which is always right: no `*` is tried again, and time grows with text plus
 * pattern. Only a part with `?` takes more: 1/32 of its length for each character. `count` is called with the steps of
 * each piece of work.
 */
export function matchesGlob(glob: Glob, text: string, count?: (steps: number) => void): boolean {
  const first = glob[0] ?? ['']
  const from = endAt(first, text)
  count?.(lengthOf(first))
  if (glob.length < 2) return from === text.length
  const last = glob.at(-1) ?? ['']
  const to = startAt(last, text)
  count?.(lengthOf(last))
  return from !== undefined && to !== undefined && findAll(glob, text, from, to, count)
}

/** True where all parts but the first and the last stand one after the other between `from` and `to`. */
function findAll(glob: Glob, text: string, from: number, to: number, count?: (steps: number) => void): boolean {
  let at = from
  for (let index = 1; index < glob.length - 1; index += 1) {
    const part = glob[index] ?? ['']
    const start = at
    const end = findEnd(part, text, at, to)
    count?.(stepsOf(part, (end ?? text.length) - start))
    if (end === undefined) return false
    at = end
  }
  return at <= to
}

/** V8 searches for up to 250 characters in linear time (Boyer and Moore's way), for more in text times part. */
const NATIVE_CHARACTERS = 250

/** Where the first occurrence of the part between `from` and `to` ends. */
function findEnd(part: GlobPart, text: string, from: number, to: number): number | undefined {
  if (from + lengthOf(part) > to) return undefined
  if (part.length > 1) return findWithGaps(part, text, from, to)
  const [run = ''] = part
  const start = run.length > NATIVE_CHARACTERS ? findInLinearTime(run, text, from) : text.indexOf(run, from)
  const end = start + run.length
  return start < 0 || end > to ? undefined : end
}

const stepsOf = (part: GlobPart, characters: number): number =>
  lengthOf(part) + characters * (part.length > 1 ? stepsWithGaps(part) : 1)

/** The fewest UTF-16 units that the part can match. */
function lengthOf(part: GlobPart): number {
  let length = part.length - 1
  for (const run of part) length += run.length
  return length
}

/** Where the part ends when the text begins with it. */
function endAt(part: GlobPart, text: string): number | undefined {
  let at = 0
  for (const [index, run] of part.entries()) {
    if (index > 0) {
      if (at >= text.length) return undefined
      at += isPair(text, at) ? 2 : 1
    }
    if (!text.startsWith(run, at)) return undefined
    at += run.length
  }
  return at
}

/** Where the part begins when the text ends with it. */
function startAt(part: GlobPart, text: string): number | undefined {
  let at = text.length
  for (let index = part.length - 1; index >= 0; index -= 1) {
    const run = part[index] ?? ''
    if (!text.endsWith(run, at)) return undefined
    at -= run.length
    if (index === 0) continue
    if (at <= 0) return undefined
    at -= isPair(text, at - 2) ? 2 : 1
  }
  return at
}

/** Whether a character of two UTF-16 units begins at `at`. */
const isPair = (text: string, at: number): boolean => (text.codePointAt(at) ?? 0) > 0xff_ff
