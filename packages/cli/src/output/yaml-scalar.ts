/** How a string is written in YAML, as libyaml decides it: plain if that reads back as the same string. */

/** Texts that YAML 1.2 and a few leftovers of 1.1 would read as something else than a string. */
const NOT_STRINGS = [
  /^(?:true|True|TRUE|false|False|FALSE)$/,
  /^[-+]?\d[\d_]*\.[\d_]*(?:[eE][-+]?\d+)?$/,
  /^[-+]?\d[\d_]*[eE][-+]?\d+$/,
  /^[-+]?\.[\d_]+(?:[eE][-+]\d+)?$/,
  /^[-+]?\.(?:inf|Inf|INF)$/,
  /^\.(?:nan|NaN|NAN)$/,
  /^[-+]?0b[01_]+$/,
  /^[-+]?0o?[0-7_]+$/,
  /^(?=[-+\d])[-+]?[\d_]+$/,
  /^[-+]?0x[\da-fA-F_]+$/,
  /^(?:<<|=|~|null|Null|NULL|)$/,
  /^\d{4}-\d\d-\d\d$/,
  /^\d{4}-\d\d?-\d\d?(?:[Tt]|[ \t]+)\d\d?:\d\d:\d\d(?:\.\d*)?(?:[ \t]*(?:Z|[-+]\d\d?(?::\d\d)?))?$/,
]

const UNPRINTABLE = /[^\n\u0020-\u007e\u00a0-\ud7ff\ue000-\ufefe\uff00-\ufffd]/u
const BREAK = /[\n\u2028\u2029]/
/** Characters that mean something to YAML at the front of a value, or anywhere in it. */
const INDICATORS = /^(?:---|\.\.\.)|^[#,[\]{}&*!|>'"%@`]|^[?:](?=[\s]|$)|^-(?=[\s]|$)|.:(?=[\s]|$)|\s#/s

const BEST_WIDTH = 80

export interface Place {
  /** The column that the first character goes to. */
  readonly column: number
  /** Blanks before the lines that follow. */
  readonly indent: number
  /** Keys stay on one line. */
  readonly key?: boolean
}

export function writeString(text: string, place: Place): string {
  const breaks = BREAK.test(text)
  const quotedOnly = UNPRINTABLE.test(text) || / [\n\u2028\u2029]/.test(text)
  const doubleOnly = quotedOnly || /[\n\u2028\u2029] /.test(text) || (breaks && place.key === true)
  if (doubleOnly) return doubleQuoted(text, place)
  const plain = !breaks && !/^ | $/.test(text) && !INDICATORS.test(text) && !NOT_STRINGS.some(each => each.test(text))
  return plain ? fold(text, place) : singleQuoted(text, place)
}

/** Breaks a text into lines, each at the first single blank beyond the best width. */
function fold(text: string, { column, indent, key }: Place): string {
  let at = column
  let output = ''
  const characters = [...text]
  characters.forEach((character, i) => {
    const single = character === ' ' && characters[i - 1] !== ' ' && characters[i + 1] !== ' '
    if (single && !key && at > BEST_WIDTH) {
      output += `\n${' '.repeat(indent)}`
      at = indent
    } else {
      output += character
      at++
    }
  })
  return output
}

function singleQuoted(text: string, { column, indent, key }: Place): string {
  const margin = ' '.repeat(indent)
  const characters = [...text]
  let at = column + 1
  let output = "'"
  let afterBreak = false
  characters.forEach((character, i) => {
    const inner = i > 0 && i < characters.length - 1
    if (BREAK.test(character)) {
      // YAML reads a single line end as a blank: an empty line stands for a line end.
      output += afterBreak || character !== '\n' ? character : `\n${character}`
      at = 0
      afterBreak = true
      return
    }
    if (afterBreak) {
      output += margin
      at = indent
      afterBreak = false
    }
    const single = character === ' ' && characters[i - 1] !== ' ' && characters[i + 1] !== ' '
    if (single && inner && !key && at > BEST_WIDTH) {
      output += `\n${margin}`
      at = indent
    } else {
      output += character === "'" ? "''" : character
      at += character === "'" ? 2 : 1
    }
  })
  return `${output}${afterBreak ? margin : ''}'`
}

const ESCAPES = new Map([
  ['\0', '0'],
  ['\x07', 'a'],
  ['\b', 'b'],
  ['\t', 't'],
  ['\n', 'n'],
  ['\v', 'v'],
  ['\f', 'f'],
  ['\r', 'r'],
  ['\x1b', 'e'],
  ['"', '"'],
  ['\\', '\\'],
  ['\u0085', 'N'],
  ['\u2028', 'L'],
  ['\u2029', 'P'],
])

function doubleQuoted(text: string, { column, indent, key }: Place): string {
  const characters = [...text]
  let at = column + 1
  let output = '"'
  characters.forEach((character, i) => {
    const inner = i > 0 && i < characters.length - 1
    if (character === ' ' && characters[i - 1] !== ' ' && inner && !key && at > BEST_WIDTH) {
      output += `\n${' '.repeat(indent)}${characters[i + 1] === ' ' ? '\\' : ''}`
      at = indent
      return
    }
    const written = escaped(character)
    output += written
    at += [...written].length
  })
  return `${output}"`
}

function escaped(character: string): string {
  const short = ESCAPES.get(character)
  if (short !== undefined) return `\\${short}`
  if (!UNPRINTABLE.test(character)) return character
  const code = (character.codePointAt(0) ?? 0).toString(16).toUpperCase()
  if (code.length <= 2) return `\\x${code.padStart(2, '0')}`
  return code.length <= 4 ? `\\u${code.padStart(4, '0')}` : `\\U${code.padStart(8, '0')}`
}
