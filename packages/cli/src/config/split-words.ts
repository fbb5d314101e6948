const WORD = /(?:[^\s"'\\]|\\[\s\S]|"(?:[^"\\]|\\[\s\S])*"|'[^']*')+/g
const PART = /\\([\s\S])|"((?:[^"\\]|\\[\s\S])*)"|'([^']*)'|([^\s"'\\]+)/g

/** Splits a command line into words as a POSIX shell does: quotes and backslashes, but no expansion. */
export function splitWords(text: string): string[] {
  return (text.match(WORD) ?? []).map(word =>
    word.replace(
      PART,
      (_, escaped, double, single, plain) => escaped ?? double?.replace(/\\(["\\$`])/g, '$1') ?? single ?? plain,
    ),
  )
}
