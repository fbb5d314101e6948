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
export function paragraph(text: string, level = 0): string {
  const lines: string[] = []
  let line = ''
  for (const word of text.split(/\s+/)) {
    if (line !== '' && MARGIN + level * STEP + line.length + 1 + word.length > WIDTH) {
      lines.push(line)
      line = word
    } else {
      line = line === '' ? word : `${line} ${word}`
    }
  }
  return [...lines, line].map(each => indented(each, level)).join('\n')
}
