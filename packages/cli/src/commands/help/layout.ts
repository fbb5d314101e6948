import { globalOptions } from '../../argv/global-options.ts'

/** A heading and its paragraphs. */
export type Section = readonly [heading: string, paragraphs: readonly string[]]

const WIDTH = 78
const MARGIN = 7
const STEP = 4

/** A page in the manner of a manual: headings at the margin, text indented below. */
export const page = (sections: readonly Section[]): string =>
  sections.map(([heading, paragraphs]) => `${heading}\n${paragraphs.join('\n\n')}\n`).join('\n')

const margin = (level: number) => ' '.repeat(MARGIN + level * STEP)

export const indented = (line: string, level = 0): string => margin(level) + line

/** Text filled to the width of the page. */
export const paragraph = (text: string, level = 0): string => filled(text, margin(level), margin(level))

const HANG = '  '

/** An entry of a list, filled: what goes on stands further in than where it begins, blanks in front included. */
export function entry(line: string, level = 0): string {
  const begin = margin(level) + (/^ */.exec(line)?.[0] ?? '')
  return filled(line.trimStart(), begin, begin + HANG)
}

function filled(text: string, first: string, others: string): string {
  const lines: string[] = []
  let line = first
  for (const word of text.split(/\s+/)) {
    const empty = line.trim() === ''
    if (!empty && line.length + 1 + word.length > WIDTH) {
      lines.push(line)
      line = others + word
    } else {
      line += empty ? word : ` ${word}`
    }
  }
  return [...lines, line].join('\n')
}

/** The section of the options that every command has. */
export function globalSection(title: string): Section {
  return [
    title,
    globalOptions.map(({ name, arity, choices, documentation }) => {
      const type = arity === 'none' ? 'boolean' : 'string'
      const values = choices ? [indented(`Values: ${choices.join(', ')}`, 1)] : []
      return [indented(`${name} (${type})`), paragraph(documentation, 2), ...values].join('\n')
    }),
  ]
}
