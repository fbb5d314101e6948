import { isUtf8 } from 'node:buffer'
import {
  CLOSE_LIST,
  CLOSE_OBJECT,
  JsonFault,
  JsonScanner,
  LITERALS,
  notJson,
  OPEN_LIST,
  OPEN_OBJECT,
  QUOTE,
} from '../json/scanner.ts'

/**
 * What is wanted of a JSON value. `Members` names the wanted members of an object, or of each object of a list.
 * `texts` is an object of texts. `plain` is a number that must be written as a whole one. Of `named` only the name
 * matters.
 */
export type Shape = Members | 'text' | 'texts' | 'plain' | 'named'
export interface Members {
  readonly [name: string]: Shape
}

export interface ReadJson {
  /** The wanted members of the document and nothing else; undefined where the document is no object. */
  readonly document: Readonly<Record<string, unknown>> | undefined
  /**
   * Values that a reader may take and another does not: of wanted members that stand twice, all but the last, and
   * those under a name of another case.
   */
  readonly passedOver: readonly { readonly name: string; readonly value: unknown }[]
  /** Why another reader of JSON may take the document for a different one; undefined where none may. */
  readonly ambiguity: string | undefined
}

/** The most members that no shape has, and the most texts: each costs far more than its bytes. */
const MEMBER_LIMIT = 20_000
const PLAIN = /^(?:0|[1-9][0-9]{0,15})$/
const NO_MEMBERS: Record<string, unknown> = Object.freeze({})

/**
 * Reads of a JSON object what `members` want, in one pass over its bytes. All of the text is checked. What is not
 * wanted costs no memory, however much there is. @throws JsonFault
 */
export function readJson(json: Buffer, members: Members): ReadJson {
  if (!isUtf8(json)) throw new JsonFault('it is not JSON in UTF-8')
  return new Reader(json).read(members)
}

class Reader {
  readonly #json: Buffer
  readonly #scan: JsonScanner
  readonly #path: (string | number)[] = []
  readonly #passedOver: { name: string; value: unknown }[] = []
  #ambiguity: string | undefined
  #foreign = 0

  constructor(json: Buffer) {
    this.#json = json
    this.#scan = new JsonScanner(json)
  }

  read(members: Members): ReadJson {
    const scan = this.#scan
    scan.space()
    let document: Record<string, unknown> | undefined
    if (this.#first() === OPEN_OBJECT) document = this.#object(members)
    else scan.skip()
    scan.space()
    if (scan.at < this.#json.length) throw notJson()
    return { document, passedOver: this.#passedOver, ambiguity: this.#ambiguity }
  }

  #first(): number | undefined {
    return this.#json[this.#scan.at]
  }

  /** The value as the shape wants it; where it is of another kind, any value of that kind. */
  #value(shape: Shape): unknown {
    const first = this.#first()
    if (first === OPEN_LIST && typeof shape === 'object') return this.#list(shape)
    if (first === OPEN_OBJECT && typeof shape === 'object') return this.#object(shape)
    if (first === OPEN_OBJECT && shape === 'texts') return this.#texts()
    const start = this.#scan.at
    this.#scan.skip()
    if (first === OPEN_LIST) return []
    if (first === OPEN_OBJECT) return {}
    if (first === QUOTE) return shape === 'text' ? this.#scan.decoded(start, this.#scan.at) : ''
    const literal = LITERALS.get(first)
    if (literal !== undefined) return literal[1]
    const digits = this.#json.toString('latin1', start, this.#scan.at)
    if (shape === 'plain' && !(PLAIN.test(digits) && Number.isSafeInteger(Number(digits))))
      this.#note(`${shown(digits)} is not a whole number in plain digits`)
    return Number(digits)
  }

  /**
   * Reads a list of objects. Of objects with nothing that is wanted only the first is kept, since one is as bad as a
   * million.
   */
  #list(members: Members): unknown[] {
    const values: unknown[] = []
    let isFaulty = false
    for (let more = this.#scan.open(CLOSE_LIST); more; more = this.#scan.next(CLOSE_LIST)) {
      let value = NO_MEMBERS
      if (this.#first() === OPEN_OBJECT) {
        this.#path.push(values.length)
        value = this.#object(members)
        this.#path.pop()
      } else this.#scan.skip()
      if (value !== NO_MEMBERS || !isFaulty) values.push(value)
      isFaulty ||= value === NO_MEMBERS
    }
    return values
  }

  #object(shape: Members): Record<string, unknown> {
    let members = NO_MEMBERS
    let others: Set<string> | undefined
    for (let more = this.#scan.open(CLOSE_OBJECT); more; more = this.#scan.next(CLOSE_OBJECT)) {
      const { text, name } = this.#name(shape)
      if (name === undefined) {
        others ??= new Set()
        this.#foreignMember(text, others)
        continue
      }
      this.#path.push(name)
      const value = this.#value(shape[name] ?? 'named')
      this.#path.pop()
      if (members === NO_MEMBERS) members = {}
      if (name !== text) {
        this.#note(`it has ${shown(text)}, which other readers take for ${shown(name)}`)
        this.#passedOver.push({ name, value })
        continue
      }
      if (Object.hasOwn(members, name)) {
        this.#note(`it has ${shown(name)} twice`)
        this.#passedOver.push({ name, value: members[name] })
      }
      members[name] = value
    }
    return members
  }

  /** Passes over a member that the shape lacks. */
  #foreignMember(text: string, others: Set<string>): void {
    if (others.has(text)) this.#note(`it has ${shown(text)} twice`)
    this.#foreign += 1
    if (this.#foreign < MEMBER_LIMIT) others.add(text)
    else this.#note(`it has ${MEMBER_LIMIT} members or more that its type does not define`)
    this.#scan.skip()
  }

  /** An object whose values must be texts. */
  #texts(): unknown {
    const start = this.#scan.at
    let count = 0
    let areTexts = true
    for (let more = this.#scan.open(CLOSE_OBJECT); more; more = this.#scan.next(CLOSE_OBJECT)) {
      count += 1
      this.#scan.passName()
      areTexts &&= this.#first() === QUOTE
      this.#scan.skip()
    }
    if (!areTexts) return { '': 0 }
    if (count <= MEMBER_LIMIT) return JSON.parse(this.#json.toString('utf8', start, this.#scan.at))
    this.#note(`it has more than ${MEMBER_LIMIT} members`)
    return {}
  }

  /** The name of the shape that a name is, or differs from by its case only; undefined for any other. */
  #name(shape: Members): { text: string; name: string | undefined } {
    const scan = this.#scan
    const start = scan.at
    scan.passName()
    const exact = scan.isEscaped ? undefined : exactName(shape, this.#json, start + 1, scan.nameEnd - 1)
    if (exact !== undefined) return exact
    if (this.#foreign >= MEMBER_LIMIT && !scan.isEscaped) return OTHER
    const text = scan.decoded(start, scan.nameEnd)
    return { text, name: namesOf(shape).folded.get(folded(text)) }
  }

  #note(reason: string): void {
    this.#ambiguity ??= this.#path.length === 0 ? reason : `${this.#path.join('.')}: ${reason}`
  }
}

const shown = (text: string) => JSON.stringify(text.length > 100 ? `${text.slice(0, 100)}…` : text)

/**
 * The name without regard to case, as Unicode's simple folding has it: two letters beyond ASCII are taken for letters
 * of ASCII.
 */
const folded = (text: string) => text.toLowerCase().replaceAll('\u017f', 's').replaceAll('\u212a', 'k')

/** Stands for a name that is none of the shape's. */
const OTHER = { text: '', name: undefined }

interface Names {
  readonly exact: readonly {
    readonly bytes: Buffer
    readonly found: { readonly text: string; readonly name: string }
  }[]
  /** The names by their folded form. */
  readonly folded: ReadonlyMap<string, string>
}

const namesOfShapes = new WeakMap<Members, Names>()

function namesOf(shape: Members): Names {
  const known = namesOfShapes.get(shape)
  if (known !== undefined) return known
  const names = Object.keys(shape)
  const made = {
    exact: names.map(name => ({ bytes: Buffer.from(name), found: { text: name, name } })),
    folded: new Map(names.map(name => [folded(name), name])),
  }
  namesOfShapes.set(shape, made)
  return made
}

/**
 * Finds the name whose bytes stand there. It compares bytes: to make a text of each name of a long list would cost more
 * than all else.
 */
function exactName(
  shape: Members,
  json: Buffer,
  start: number,
  end: number,
): Names['exact'][number]['found'] | undefined {
  for (const { bytes, found } of namesOf(shape).exact) {
    if (bytes.length !== end - start || bytes[0] !== json[start]) continue
    let at = 1
    while (at < bytes.length && bytes[at] === json[start + at]) at += 1
    if (at === bytes.length) return found
  }
  return undefined
}
