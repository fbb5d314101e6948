const [QUOTE = 0, BACKSLASH, OPEN_LIST, CLOSE_LIST, OPEN_OBJECT, CLOSE_OBJECT] = Buffer.from('"\\[]{}')

/** Far deeper than any document nests that the registry reads. */
const DEPTH_LIMIT = 1_000

/** True of JSON with more brackets open at once than that: millions of them keep the parser busy for seconds. */
export function nestsDeeper(json: Buffer, limit = DEPTH_LIMIT): boolean {
  let depth = 0
  for (let at = 0; at < json.length; at += 1) {
    const byte = json[at]
    if (byte === QUOTE) at = endOfString(json, at)
    else if (byte === OPEN_LIST || byte === OPEN_OBJECT) {
      depth += 1
      if (depth > limit) return true
    } else if (byte === CLOSE_LIST || byte === CLOSE_OBJECT) depth -= 1
  }
  return false
}

/** The place of the quote that ends the string begun at `start`, or the end of all. */
function endOfString(json: Buffer, start: number): number {
  for (let end = start; ; ) {
    end = json.indexOf(QUOTE, end + 1)
    if (end < 0) return json.length
    let before = end
    while (json[before - 1] === BACKSLASH) before -= 1
    if ((end - before) % 2 === 0) return end
  }
}
