export type Glob = {
  readonly pattern: string
  readonly matches: (text: string) => boolean
}

/** A pattern in which `*` is any text, `?` one character and everything else itself. */
export const glob = (pattern: string): Glob => ({ pattern, matches: text => globMatches(pattern, text) })

export const isGlob = (pattern: string): boolean => /[*?]/.test(pattern)

/** Goes back to the last `*` only, so that no pattern takes more than pattern times text steps. */
function globMatches(pattern: string, text: string): boolean {
  let at = 0
  let star = -1
  let resume = 0
  for (let i = 0; i < text.length; ) {
    if (pattern[at] === '*') {
      star = at++
      resume = i
    } else if (at < pattern.length && (pattern[at] === '?' || pattern[at] === text[i])) {
      at++
      i++
    } else if (star >= 0) {
      at = star + 1
      i = ++resume
    } else return false
  }
  while (pattern[at] === '*') at++
  return at === pattern.length
}
