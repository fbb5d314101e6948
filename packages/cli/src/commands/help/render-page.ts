import type { Block, Page, Paragraph } from './layout.ts'

const WIDTH = 78
const MARGIN = 7
const STEP = 4
const HANG = '  '

/** A page as text, in the manner of a manual: headings at the margin, the rest indented below. */
export const renderPage = (page: Page): string =>
  page.map(([heading, paragraphs]) => `${heading}\n${paragraphs.map(renderParagraph).join('\n\n')}\n`).join('\n')

const renderParagraph = (paragraph: Paragraph) =>
  ('kind' in paragraph ? [paragraph] : paragraph).map(renderBlock).join('\n')

function renderBlock({ kind, text, level }: Block): string {
  const margin = ' '.repeat(MARGIN + level * STEP)
  if (kind === 'text') return filled(text, margin, margin)
  if (kind !== 'entry') return text === '' ? '' : margin + text
  // The lines that go on with an entry stand further in than its first line, blanks in front of that included.
  const begin = margin + (/^ */.exec(text)?.[0] ?? '')
  return filled(text.trimStart(), begin, begin + HANG)
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
