/** RFC 7234, section 5.5: a code of three digits, who warns, and the text in quotes. */
const WARNING = /\b\d{3} \S+ "((?:[^"\\]|\\.)*)"/g
const MOST = 20
const MOST_CHARACTERS = 1_000

/** The texts of a Warning header, without what could play tricks with a terminal. */
export function readWarnings(header: string | undefined): string[] {
  if (header === undefined) return []
  return Array.from(header.matchAll(WARNING), ([, text = '']) =>
    text
      .replace(/\\(.)/g, '$1')
      .replace(/[^ -~]/g, '?')
      .slice(0, MOST_CHARACTERS),
  ).slice(0, MOST)
}
