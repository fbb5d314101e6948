/**
 * The groups of a pattern's first match. A text without one is an error: nothing is measured without what it says.
 *
 * @param {RegExp} pattern
 * @param {string} text
 */
export function groupsOf(pattern, text) {
  const match = pattern.exec(text)
  if (match === null) throw new Error(`there is no ${pattern} in ${JSON.stringify(text.slice(0, 400))}`)
  return match.slice(1)
}
