const [QUOTE = 0, BACKSLASH, OPEN_LIST, CLOSE_LIST, OPEN_OBJECT, CLOSE_OBJECT, COMMA] = Buffer.from('"\\[]{},')

/** Bounds far beyond any document that the registry reads: a thousand images with all that can be said of them. */
export const JSON_BOUNDS = { depth: 1_000, values: 20_000 }

/**
 * Tells of what a JSON text has too much: brackets open at once, or values. Millions of either keep a parser busy for
 * seconds, and then whoever looks at the result. Undefined for a text within bounds, JSON or not.
 */
export function excessOfJson(json: Buffer, bounds = JSON_BOUNDS): 'depth' | 'values' | undefined {
  let depth = 0
  let values = 1
  for (let at = 0; at < json.length; at += 1) {
    const byte = json[at]
    if (byte === QUOTE) at = endOfString(json, at)
    else if (byte === COMMA) values += 1
    else if (byte === OPEN_LIST || byte === OPEN_OBJECT) {
      depth += 1
      values += 1
      if (depth > bounds.depth) return 'depth'
    } else if (byte === CLOSE_LIST || byte === CLOSE_OBJECT) depth -= 1
    if (values > bounds.values) return 'values'
  }
  return undefined
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
