/** Why a text is not JSON in UTF-8, or will not be read. */
export class JsonFault extends Error {}

export const [QUOTE = 0, OPEN_LIST, CLOSE_LIST = 0, OPEN_OBJECT, CLOSE_OBJECT = 0] = Buffer.from('"[]{}')
const [BACKSLASH, COMMA, COLON] = Buffer.from('\\,:')
const [MINUS = 0, PLUS, DOT, ZERO = 0, NINE = 0, U, CAPITAL_E, SMALL_E, SMALL_A = 0, SMALL_F = 0] =
  Buffer.from('-+.09uEeaf')
const [SPACE = 0, TAB, LINE, RETURN] = Buffer.from(' \t\n\r')
const ESCAPES = new Set(Buffer.from('"\\/bfnrt'))
export const LITERALS = new Map<number | undefined, readonly [text: string, value: boolean | null]>([
  [0x74, ['true', true]],
  [0x66, ['false', false]],
  [0x6e, ['null', null]],
])

/** How deep a document may nest: far deeper than any that the registry reads. */
const DEPTH_LIMIT = 1_000

/** The place after the JSON value that begins at `start`. @throws JsonFault */
export function endOfValue(json: Buffer, start: number): number {
  const scanner = new JsonScanner(json, start)
  scanner.space()
  scanner.skip()
  return scanner.at
}

/** Goes over the bytes of a JSON text from one token to the next, and checks them. All methods throw `JsonFault`. */
export class JsonScanner {
  readonly json: Buffer
  at: number
  /** Where the last passed name ends, as an offset in bytes. */
  nameEnd = 0
  /** Whether the last passed text has escapes. */
  isEscaped = false
  #depth = 0

  constructor(json: Buffer, start = 0) {
    this.json = json
    this.at = start
  }

  /** Passes over any value. */
  skip(): void {
    const first = this.json[this.at]
    if (first === QUOTE) this.#text()
    else if (first === OPEN_LIST) for (let more = this.open(CLOSE_LIST); more; more = this.next(CLOSE_LIST)) this.skip()
    else if (first === OPEN_OBJECT)
      for (let more = this.open(CLOSE_OBJECT); more; more = this.next(CLOSE_OBJECT)) {
        this.passName()
        this.skip()
      }
    else if (first === MINUS || isDigit(first)) this.#number()
    else {
      const [text] = LITERALS.get(first) ?? []
      if (text === undefined || this.json.toString('latin1', this.at, this.at + text.length) !== text) throw notJson()
      this.at += text.length
    }
  }

  /** Goes into a list or an object. Returns false where it is empty. */
  open(close: number): boolean {
    this.#depth += 1
    if (this.#depth > DEPTH_LIMIT) throw new JsonFault('it is nested too deeply')
    this.at += 1
    this.space()
    if (this.json[this.at] !== close) return true
    this.#close()
    return false
  }

  /** Goes on after a value. Returns false after the last. */
  next(close: number): boolean {
    this.space()
    const byte = this.json[this.at]
    if (byte === COMMA) {
      this.at += 1
      this.space()
      return true
    }
    if (byte !== close) throw notJson()
    this.#close()
    return false
  }

  #close(): void {
    this.#depth -= 1
    this.at += 1
  }

  /** Passes over a name, and goes to its value. */
  passName(): void {
    if (this.json[this.at] !== QUOTE) throw notJson()
    this.#text()
    this.nameEnd = this.at
    this.space()
    if (this.json[this.at] !== COLON) throw notJson()
    this.at += 1
    this.space()
  }

  /** The text whose quotes are at both ends; the one that was passed last. */
  decoded(start: number, end: number): string {
    if (this.isEscaped) return JSON.parse(this.json.toString('utf8', start, end)) as string
    return this.json.toString('utf8', start + 1, end - 1)
  }

  #text(): void {
    const json = this.json
    let at = this.at + 1
    this.isEscaped = false
    for (let byte = json[at]; byte !== QUOTE; byte = json[at]) {
      if (byte === undefined || byte < SPACE) throw notJson()
      at += 1
      if (byte !== BACKSLASH) continue
      this.isEscaped = true
      const kind = json[at] ?? 0
      if (kind === U && isHex(json, at + 1)) at += 5
      else if (ESCAPES.has(kind)) at += 1
      else throw notJson()
    }
    this.at = at + 1
  }

  #number(): void {
    if (this.json[this.at] === MINUS) this.at += 1
    if (this.json[this.at] === ZERO) this.at += 1
    else this.#digits()
    if (this.json[this.at] === DOT) {
      this.at += 1
      this.#digits()
    }
    const exponent = this.json[this.at]
    if (exponent !== SMALL_E && exponent !== CAPITAL_E) return
    this.at += 1
    const sign = this.json[this.at]
    if (sign === PLUS || sign === MINUS) this.at += 1
    this.#digits()
  }

  #digits(): void {
    const start = this.at
    while (isDigit(this.json[this.at])) this.at += 1
    if (this.at === start) throw notJson()
  }

  space(): void {
    const json = this.json
    let byte = json[this.at]
    while (byte === SPACE || byte === LINE || byte === RETURN || byte === TAB) {
      this.at += 1
      byte = json[this.at]
    }
  }
}

export const notJson = () => new JsonFault('it is not JSON in UTF-8')

const isDigit = (byte: number | undefined) => byte !== undefined && byte >= ZERO && byte <= NINE

/** Whether four hexadecimal digits stand at `start`. */
function isHex(json: Buffer, start: number): boolean {
  for (let at = start; at < start + 4; at += 1) if (!isHexDigit(json[at])) return false
  return true
}

const isHexDigit = (byte = 0) => isDigit(byte) || ((byte | 0x20) >= SMALL_A && (byte | 0x20) <= SMALL_F)
