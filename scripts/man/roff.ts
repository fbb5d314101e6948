/** A page of the manual: what its heading says, and its sections. */
export interface ManPage {
  /** `berthd-admin`; the file is called by it. */
  readonly name: string
  /** What the list of pages says of it (whatis). */
  readonly summary: string
  readonly sections: readonly ManSection[]
}

export interface ManSection {
  readonly heading: string
  /** Below the section before, which has a heading of its own. */
  readonly isPart?: boolean
  readonly paragraphs: readonly (readonly ManBlock[])[]
}

/** `term` is what the blocks below it explain; `literal` keeps its blanks; `level` is how far in it stands. */
export interface ManBlock {
  readonly kind: 'text' | 'entry' | 'literal' | 'term'
  readonly text: string
  readonly level: number
}

const STEP = 4
/** How lists of the text begin their lines. */
const BULLET = /^ *o /
/** A word that no line may have room for. */
const LONG_WORD = /\S{50,}/g

/** The page in the language of man(7), for section 1: user commands. */
export function toRoff({ name, summary, sections }: ManPage, version: string): string {
  const lines = [
    `.\\" Made by npm run man from what the program's own help is made of.`,
    `.TH ${quoted(name.toUpperCase())} 1 "" ${quoted(`berth ${version}`)} "berth"`,
    // Command lines and digests stay in one piece, and no hyphen is put where none is typed.
    '.nh',
    '.ad l',
    '.SH NAME',
    `${escaped(name)} \\- ${escaped(summary)}`,
    ...sections.flatMap(section),
  ]
  return `${lines.join('\n')}\n`
}

const section = ({ heading, isPart, paragraphs }: ManSection): string[] => [
  `${isPart ? '.SS' : '.SH'} ${quoted(heading)}`,
  ...paragraphs.flatMap((blocks, index) => [...(index > 0 ? ['.PP'] : []), ...blocks.flatMap(block)]),
]

function block({ kind, text, level }: ManBlock, index: number): string[] {
  const inner = lineOf(kind, text, index > 0)
  return level === 0 ? inner : [`.RS ${level * STEP}`, ...inner, '.RE']
}

function lineOf(kind: ManBlock['kind'], text: string, follows: boolean): string[] {
  switch (kind) {
    case 'term':
      return [...broken(follows), bold(text)]
    case 'literal':
      return BULLET.test(text) ? lineOf('entry', text, follows) : ['.nf', atStart(escaped(text)), '.fi']
    case 'entry': {
      const [, blanks = '', words = ''] = /^( *)(?:o )?(.*)$/s.exec(text) ?? []
      const bullet = BULLET.test(text) ? '\\(bu ' : ''
      const line = [...broken(follows), atStart(bullet + marked(words))]
      return blanks === '' ? line : [`.RS ${blanks.length}`, ...line, '.RE']
    }
    default:
      return [...broken(follows), atStart(marked(text))]
  }
}

const broken = (follows: boolean) => (follows ? ['.br'] : [])

/** Of `--name (string)` the part that is typed is bold. */
function bold(text: string): string {
  const [, typed = text, rest = ''] = /^(.*?)( \(.*| -> .*)?$/s.exec(text) ?? []
  return atStart(`\\fB${escaped(typed)}\\fR${escaped(rest)}`)
}

/** Text with what stands in backquotes in bold. */
const marked = (text: string): string =>
  text
    .split('`')
    .map((part, index) => (index % 2 === 1 ? `\\fB${breakable(part)}\\fR` : breakable(part)))
    .join('')

/** Escaped text that may be broken inside of a long word: a URL. */
const breakable = (text: string): string =>
  escaped(text).replaceAll(LONG_WORD, word => word.replaceAll(/[/&?,]/g, sign => `${sign}\\:`))

/** A line that begins with a dot or an apostrophe would be a request. */
const atStart = (line: string) => (/^[.']/.test(line) ? `\\&${line}` : line)

const SPECIAL: Readonly<Record<string, string>> = {
  '\\': '\\e',
  '-': '\\-',
  "'": '\\(aq',
  '`': '\\(ga',
  '^': '\\(ha',
  '~': '\\(ti',
}

const escaped = (text: string): string =>
  text
    .replaceAll(/[\\\-'`^~]/g, each => SPECIAL[each] ?? each)
    .replaceAll(/[^\n -~]/gu, each => `\\[u${(each.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}]`)

const quoted = (text: string) => `"${escaped(text).replaceAll('"', '\\(dq')}"`
