import { describe, expect, it } from 'vitest'
import { emptyLine } from './line-editor.ts'
import { createScreen } from './screen.ts'

/** As much of a terminal as a screen is drawn with: it wraps lines, and moves its cursor as it is told. */
function createTerminal(width: number) {
  const rows: string[][] = [[]]
  let [row, column] = [0, 0]
  const put = (character: string) => {
    if (column === width) [row, column] = [row + 1, 0]
    rows[row] ??= []
    ;(rows[row] as string[])[column++] = character
  }
  const move = (count: number, to: string) => {
    if (to === 'A') row -= count
    if (to === 'C') column += count
    if (to === 'J') {
      rows.length = row + 1
      rows[row] = (rows[row] ?? []).slice(0, column)
    }
  }
  return {
    columns: () => width,
    write(text: string) {
      // biome-ignore lint/suspicious/noControlCharactersInRegex: terminals are told by them
      for (const [piece, count, to] of text.matchAll(/\u001b\[(\d*)([A-Za-z])|[\s\S]/g)) {
        if (to !== undefined) move(Number(count || 1), to)
        else if (piece === '\r') column = 0
        else if (piece === '\n') rows[++row] ??= []
        else put(piece)
      }
    },
    text: () =>
      rows.map(each =>
        Array.from(each, character => character ?? ' ')
          .join('')
          .trimEnd(),
      ),
    cursor: () => [row, column],
  }
}

describe('the screen of the prompt', () => {
  const typed = 'ecr-public batch-delete-image'

  it.each([80, 20, 18, 37, 19, 9])('is drawn in place of itself at a width of %d, key by key', width => {
    const terminal = createTerminal(width)
    const screen = createScreen(terminal)
    const wrapped = (text: string) => text.match(new RegExp(`.{1,${width}}`, 'g'))?.map(row => row.trimEnd()) ?? []
    for (let length = 0; length <= typed.length; length++) {
      const line = emptyLine(typed.slice(0, length))
      screen.show(line, ['one', 'two'])
      const below = terminal.text().slice(Math.floor((8 + length) / width) + 1)
      expect(below.map(row => row.trim())).toEqual(['one', 'two'])
      expect(terminal.text().slice(0, wrapped(`> berth ${line.text}`).length)).toEqual(wrapped(`> berth ${line.text}`))
      expect(terminal.cursor()).toEqual([Math.floor((8 + length) / width), (8 + length) % width])
    }
    screen.show({ text: typed, cursor: 0, marked: undefined }, [])
    expect(terminal.cursor()).toEqual([Math.floor(8 / width), 8 % width])
    screen.end(emptyLine(typed))
    expect(terminal.text().filter(row => row !== '')).toEqual(wrapped(`> berth ${typed}`))
  })

  it('moves suggestions to the left that would be cut off', () => {
    const terminal = createTerminal(40)
    createScreen(terminal).show(emptyLine('x --image-ids imageD'), [`imageDigest=sha256:${'a'.repeat(8)}`])
    expect(terminal.text()[1]).toBe(`            imageDigest=sha256:${'a'.repeat(8)}`)
  })
})
