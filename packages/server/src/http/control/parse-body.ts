import { randomBytes } from 'node:crypto'
import type { JsonValue } from '@berth/model'
import { excessOfJson, JSON_BOUNDS } from '../../domain/json/bounds.ts'
import { RegistryError } from '../../domain/problem.ts'

/** Reads a body as JSON. An empty body counts as an empty structure. @throws RegistryError `requestMalformed` */
export function parseBody(body: Buffer): JsonValue {
  if (body.length === 0) return {}
  refuseExcess(body)
  return parse(decodeAll(body))
}

/** A body in pieces that can be read again. */
export interface LongBody {
  readonly sizeBytes: number
  /** Fills `into` with the bytes from `position` on. */
  read(into: Buffer, position: number): Promise<void>
}

/** The bytes that are read of a long body at a time. */
const PIECE_BYTES = 256 * 1024
/** The bytes from which on a text is not parsed with the rest. */
const LONG_TEXT_BYTES = 16 * 1024
/** The most bytes that are not long texts: the names and numbers of any call, and catalog texts. */
const REST_BYTES = 256 * 1024

interface LongText {
  /** The first byte after the quote, and the quote at the end. */
  readonly start: number
  readonly end: number
}

/**
 * Reads a body that is too long to be parsed in one go. Its long texts, such as a layer part in base64, are read by
 * themselves, piece by piece: a parser would hold the body four times over, and keep everybody waiting. Members named
 * in `blobs` become bytes.
 * @throws RegistryError `requestMalformed`
 */
export async function parseLongBody(body: LongBody, blobs: ReadonlySet<string>): Promise<JsonValue> {
  // The mark stands for a text, and nobody can write it without having seen it.
  const mark = randomBytes(16).toString('hex')
  const { rest, texts } = await liftTexts(body, mark)
  refuseExcess(rest)
  const found: { holder: Record<string, unknown>; name: string; text: LongText }[] = []
  const json = parse(decodeAll(rest), function (this: Record<string, unknown>, name, value) {
    const text =
      typeof value === 'string' && value.startsWith(mark) ? texts[Number(value.slice(mark.length))] : undefined
    if (text !== undefined) found.push({ holder: this, name, text })
    return value
  })
  for (const { holder, name, text } of found)
    holder[name] = blobs.has(name) ? await readBlob(body, text) : await readText(body, text)
  return json
}

const [QUOTE = 0, BACKSLASH] = Buffer.from('"\\')
const BLANKS = new Set<number | undefined>(Buffer.from(' \t\r\n'))
const isBlank = (byte: number | undefined): boolean => BLANKS.has(byte)

/** The body with `mark` and a number in place of each long text. */
async function liftTexts(body: LongBody, mark: string): Promise<{ rest: Buffer; texts: LongText[] }> {
  const rest = Buffer.allocUnsafe(REST_BYTES + LONG_TEXT_BYTES)
  const texts: LongText[] = []
  let restBytes = 0
  /** The text that is being read: where it begins in the body, and in the rest. */
  let text: { start: number; inRest: number } | undefined
  let isEscaped = false
  for await (const { piece, position } of pieces(body, { start: 0, end: body.sizeBytes })) {
    for (let at = 0; at < piece.length; at += 1) {
      const isLong = text !== undefined && position + at - text.start >= LONG_TEXT_BYTES
      if (isLong && !isEscaped) while (at < piece.length - 1 && piece[at] !== QUOTE && piece[at] !== BACKSLASH) at += 1
      const byte = piece[at] ?? 0
      const here = position + at
      // Any number of blanks between members means as much as one.
      if (text === undefined && isBlank(byte) && isBlank(rest[restBytes - 1])) continue
      const isEnd = text !== undefined && byte === QUOTE && !isEscaped
      if (isEnd && isLong && text !== undefined) {
        restBytes = text.inRest + rest.write(`${mark}${texts.push({ start: text.start, end: here }) - 1}`, text.inRest)
      }
      if (!isLong || isEnd) {
        if (restBytes === rest.length) throw malformed('The body has too many members')
        rest[restBytes++] = byte
      }
      isEscaped = text !== undefined && byte === BACKSLASH && !isEscaped
      if (isEnd) text = undefined
      else if (text === undefined && byte === QUOTE) text = { start: here + 1, inRest: restBytes }
    }
  }
  return { rest: rest.subarray(0, restBytes), texts }
}

/** A text that the model refuses as it refuses the one in whose place it stands. */
const NO_BASE64 = '*'

/** Reads the bytes of a text in base64, as the model wants it: standard, with padding. */
async function readBlob(body: LongBody, text: LongText): Promise<Uint8Array | typeof NO_BASE64> {
  const bytes = Buffer.allocUnsafeSlow(Math.ceil(((text.end - text.start) / 4) * 3))
  let [sizeBytes, left, isOver] = [0, '', false]
  for await (const part of charactersOf(body, text)) {
    const all = left + part
    const whole = all.slice(0, all.length - (all.length % 4))
    left = all.slice(whole.length)
    const decoded = Buffer.from(whole, 'base64')
    if (isOver || decoded.toString('base64') !== whole) return NO_BASE64
    isOver = whole.endsWith('=')
    sizeBytes += decoded.copy(bytes, sizeBytes)
  }
  return left === '' ? bytes.subarray(0, sizeBytes) : NO_BASE64
}

async function readText(body: LongBody, text: LongText): Promise<string> {
  const parts: string[] = []
  for await (const part of charactersOf(body, text)) parts.push(part)
  return parts.join('')
}

/** Reads a JSON string piece by piece, without its escapes. */
async function* charactersOf(body: LongBody, text: LongText): AsyncGenerator<string> {
  const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })
  let left = ''
  for await (const { piece, isLast } of pieces(body, text)) {
    const all = left + decode(() => decoder.decode(piece, { stream: !isLast }))
    const end = isLast ? all.length : wholeEscapes(all)
    left = all.slice(end)
    yield parse(`"${all.slice(0, end)}"`) as string
  }
}

/**
 * How many characters of a piece can be read by themselves. The piece begins with no half escape, and the last escape
 * in it may be cut.
 */
function wholeEscapes(text: string): number {
  for (let at = text.indexOf('\\'); at >= 0; at = text.indexOf('\\', at)) {
    const next = at + (text[at + 1] === 'u' ? 6 : 2)
    if (next > text.length) return at
    at = next
  }
  return text.length
}

interface Piece {
  readonly piece: Buffer
  readonly position: number
  readonly isLast: boolean
}

/** The bytes from `start` up to `end`. A piece is good until the next one is asked for. */
async function* pieces(body: LongBody, { start, end }: LongText): AsyncGenerator<Piece> {
  const buffer = Buffer.allocUnsafe(Math.min(PIECE_BYTES, end - start))
  for (let position = start; position < end; ) {
    const piece = buffer.subarray(0, Math.min(PIECE_BYTES, end - position))
    await body.read(piece, position)
    yield { piece, position, isLast: position + piece.length === end }
    position += piece.length
  }
}

const EXCESS = {
  depth: 'The body is nested too deeply',
  values: `The body has more than ${JSON_BOUNDS.values} values`,
}

function refuseExcess(json: Buffer): void {
  const excess = excessOfJson(json)
  if (excess !== undefined) throw malformed(EXCESS[excess])
}

const decodeAll = (bytes: Buffer): string => decode(() => new TextDecoder('utf-8', { fatal: true }).decode(bytes))

function decode(work: () => string): string {
  try {
    return work()
  } catch (cause) {
    throw malformed(NO_JSON, cause)
  }
}

function parse(text: string, reviver?: Parameters<typeof JSON.parse>[1]): JsonValue {
  try {
    return JSON.parse(text, reviver) as JsonValue
  } catch (cause) {
    throw malformed(NO_JSON, cause)
  }
}

const NO_JSON = 'The body is not JSON in UTF-8'

function malformed(reason: string, cause?: unknown): RegistryError {
  return new RegistryError({ kind: 'requestMalformed', reason }, { cause })
}
