const TOKEN = /"[^"\\]*(?:\\.[^"\\]*)*"|[{}[\],:]/g

/**
 * The first member name that an object of `json` holds twice. `JSON.parse` silently keeps the last of them, so a
 * policy could say one thing to its reader and another to the evaluator. `json` must be valid JSON.
 */
export function findDuplicateKey(json: string): string | undefined {
  const open: (Set<string> | undefined)[] = []
  let latest = ''
  for (const [token] of json.matchAll(TOKEN)) {
    if (token === '{') open.push(new Set())
    else if (token === '[') open.push(undefined)
    else if (token === '}' || token === ']') open.pop()
    else if (token === ':') {
      const name = String(JSON.parse(latest))
      const names = open.at(-1)
      if (names?.has(name)) return name
      names?.add(name)
    } else if (token !== ',') latest = token
  }
  return undefined
}
