/**
 * The state of the prompt: a line, a cursor and the suggestion that is marked. It is a pure value, so that every key
 * can be tested.
 */
export interface Line {
  readonly text: string
  /** Code units before the cursor. */
  readonly cursor: number
  /** Which suggestion is marked, if any. */
  readonly marked: number | undefined
}

export interface Key {
  readonly name?: string | undefined
  readonly ctrl?: boolean | undefined
  readonly sequence?: string | undefined
}

type Step = { readonly line: Line } | { readonly done: 'accepted' | 'cancelled' }

export const emptyLine = (text: string): Line => ({ text, cursor: text.length, marked: undefined })

/** The word that ends at the cursor. */
export const wordBefore = ({ text, cursor }: Line): string => /\S*$/.exec(text.slice(0, cursor))?.[0] ?? ''

/** The state after one key. Tab walks through the suggestions, Enter takes the marked one, or else the line. */
export function press(line: Line, key: Key, suggestions: readonly string[]): Step {
  const { text, cursor, marked } = line
  const edited = (before: string, after: string): Step => ({
    line: { text: before + after, cursor: before.length, marked: undefined },
  })
  const [before, after] = [text.slice(0, cursor), text.slice(cursor)]
  const move = (to: number): Step => ({
    line: { text, cursor: Math.min(Math.max(to, 0), text.length), marked: undefined },
  })
  if (key.ctrl && (key.name === 'c' || (key.name === 'd' && text === ''))) return { done: 'cancelled' }
  if (key.ctrl && key.name === 'u') return edited('', after)
  if (key.ctrl && key.name === 'k') return edited(before, '')
  if (key.ctrl && key.name === 'w') return edited(before.replace(/\S*\s*$/, ''), after)
  switch (key.name) {
    case 'return':
    case 'enter': {
      const chosen = marked === undefined ? undefined : suggestions[marked]
      return chosen === undefined ? { done: 'accepted' } : take(line, chosen)
    }
    case 'tab': {
      const [only] = suggestions
      if (only !== undefined && suggestions.length === 1) return take(line, only)
      return { line: { ...line, marked: next(marked, suggestions.length, 1) } }
    }
    case 'down':
      return { line: { ...line, marked: next(marked, suggestions.length, 1) } }
    case 'up':
      return { line: { ...line, marked: next(marked, suggestions.length, -1) } }
    case 'escape':
      return { line: { ...line, marked: undefined } }
    case 'left':
      return move(cursor - 1)
    case 'right':
      return move(cursor + 1)
    case 'home':
      return move(0)
    case 'end':
      return move(text.length)
    case 'backspace':
      return edited(before.slice(0, -1), after)
    case 'delete':
      return edited(before, after.slice(1))
    default:
      return key.sequence !== undefined && isPrintable(key.sequence) && !key.ctrl
        ? edited(before + key.sequence, after)
        : { line }
  }
}

const isPrintable = (sequence: string) => !/\p{Cc}/u.test(sequence)

function next(marked: number | undefined, count: number, step: 1 | -1): number | undefined {
  if (count === 0) return undefined
  if (marked === undefined) return step === 1 ? 0 : count - 1
  return (marked + step + count) % count
}

/** Puts a suggestion in place of the word at the cursor. */
function take(line: Line, suggestion: string): Step {
  const begin = line.cursor - wordBefore(line).length
  const before = `${line.text.slice(0, begin)}${suggestion} `
  return {
    line: { text: before + line.text.slice(line.cursor).trimStart(), cursor: before.length, marked: undefined },
  }
}
