import type { Output } from '../environment.ts'
import { type Line, wordBefore } from './line-editor.ts'

const MOST_SHOWN = 8
const PROMPT = '> berth '

/** The prompt with the suggestions below it; the cursor ends up where the person types. */
interface Screen {
  /** Draws the line and the suggestions over what was drawn before. */
  show(line: Line, suggestions: readonly string[]): void
  /** Clears the screen of everything but the line. */
  end(line: Line): void
}

export function createScreen({ write, columns }: Pick<Output, 'write' | 'columns'>): Screen {
  /** How many rows below the first the cursor was left: a line may be longer than the terminal is wide. */
  let below = 0
  const clear = () => `${up(below)}\r\u001b[J`
  return {
    show(line, suggestions) {
      const width = columns() || 80
      const rows = suggestionRows(line, suggestions, width)
      const cursor = PROMPT.length + line.cursor
      const row = Math.floor(cursor / width)
      const last = Math.floor((PROMPT.length + line.text.length) / width)
      // With a blank at its end, a line that fills a row begins the next row, as the cursor will.
      const drawn = `${clear()}${PROMPT}${line.text} ${rows.join('')}`
      write(`${drawn}${up(last + rows.length - row)}\r${right(cursor % width)}`)
      below = row
    },
    end(line) {
      write(`${clear()}${PROMPT}${line.text}\n`)
    },
  }
}

function suggestionRows(line: Line, suggestions: readonly string[], width: number): string[] {
  const marked = line.marked ?? 0
  const first = Math.max(0, Math.min(marked - MOST_SHOWN + 1, suggestions.length - MOST_SHOWN))
  const shown = suggestions.slice(first, first + MOST_SHOWN)
  // The suggestions stand below the word that they would replace, or as far to the left of it as the longest of them
  // needs.
  const word = (PROMPT.length + line.cursor - wordBefore(line).length) % width
  const column = Math.max(0, Math.min(word, width - 1 - Math.max(...shown.map(text => text.length))))
  return shown.map((text, index) => {
    const cell = text.slice(0, width - column - 1)
    return `\n\r${' '.repeat(column)}${first + index === line.marked ? `\u001b[7m${cell}\u001b[0m` : cell}`
  })
}

const up = (rows: number) => (rows > 0 ? `\u001b[${rows}A` : '')
const right = (columns: number) => (columns > 0 ? `\u001b[${columns}C` : '')
