import { type Line, wordBefore } from './line-editor.ts'

const MOST_SHOWN = 8
const PROMPT = '> berth '

/** The prompt with the suggestions below it; the cursor ends up where the person types. */
export function draw(line: Line, suggestions: readonly string[], width: number): string {
  const marked = line.marked ?? 0
  const first = Math.max(0, Math.min(marked - MOST_SHOWN + 1, suggestions.length - MOST_SHOWN))
  const shown = suggestions.slice(first, first + MOST_SHOWN)
  const column = (PROMPT.length + line.cursor - wordBefore(line).length) % width
  const rows = shown.map((text, index) => {
    const cell = text.slice(0, Math.max(0, width - column - 1))
    return `\n\r${' '.repeat(column)}${first + index === line.marked ? `\u001b[7m${cell}\u001b[0m` : cell}`
  })
  const up = rows.length === 0 ? '' : `\u001b[${rows.length}A`
  return `${erase()}${PROMPT}${line.text}${rows.join('')}${up}\r\u001b[${PROMPT.length + line.cursor}C`
}

/** Clears the line of the prompt and all below it. */
export const erase = (): string => '\r\u001b[J'
