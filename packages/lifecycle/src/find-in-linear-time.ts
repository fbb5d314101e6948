/**
 * Where `part` first occurs in `text` from `from` on, or -1. This is `indexOf` in at most twice as many steps as `part`
 * and `text` have characters, whatever they hold (Knuth, Morris and Pratt).
 */
export function findInLinearTime(part: string, text: string, from: number): number {
  const shorter = borders(part)
  let matched = 0
  for (let at = from; at < text.length; at += 1) {
    const unit = text.charCodeAt(at)
    while (matched > 0 && part.charCodeAt(matched) !== unit) matched = shorter[matched - 1] ?? 0
    if (part.charCodeAt(matched) === unit) matched += 1
    if (matched === part.length) return at + 1 - matched
  }
  return -1
}

/** For each beginning of `part`: how long the longest shorter beginning is that stands at its end, too. */
function borders(part: string): Int32Array {
  const lengths = new Int32Array(part.length)
  let length = 0
  for (let at = 1; at < part.length; at += 1) {
    while (length > 0 && part.charCodeAt(length) !== part.charCodeAt(at)) length = lengths[length - 1] ?? 0
    if (part.charCodeAt(length) === part.charCodeAt(at)) length += 1
    lengths[at] = length
  }
  return lengths
}
