import { CommandError } from '../errors.ts'

const WORD = /(?:[^\s"'\\]|\\[\s\S]|"(?:[^"\\]|\\[\s\S])*"|'[^']*')+/g
const PART = /\\([\s\S])|"((?:[^"\\]|\\[\s\S])*)"|'([^']*)'|([^\s"'\\]+)/g

/** Splits a command line into words as a POSIX shell does, with quotes and backslashes, without expansion. */
export function splitWords(text: string): string[] {
  return (text.match(WORD) ?? []).map(word =>
    word.replace(
      PART,
      (_, escaped, double, single, plain) => escaped ?? double?.replace(/\\(["\\$`])/g, '$1') ?? single ?? plain,
    ),
  )
}

/**
 * The words of a command that is to be run, its program first.
 * @throws CommandError `general` for a quote or a backslash without its other half, and where no program is named
 */
export function splitCommand(text: string): [program: string, ...words: string[]] {
  const left = text.replace(WORD, '').trim()
  if (left !== '') {
    throw new CommandError('general', /^[^'].*\\$|^\\/s.test(left) ? 'No escaped character' : 'No closing quotation')
  }
  const [program, ...words] = splitWords(text)
  if (!program) throw new CommandError('general', `No program is named by ${JSON.stringify(text)}.`)
  return [program, ...words]
}

/** A word as a shell takes it, whatever is in it. */
export const shellQuoted = (word: string): string =>
  /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'"'"'`)}'`
