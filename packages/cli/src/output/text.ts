import { CommandError } from '../errors.ts'
import { str } from '../python/text.ts'
import { compareText, isDict, isList, isNested, type Value } from '../python/value.ts'

/**
 * Tab-separated lines, each with the scalars of one map. Nested values follow below, named by their key in capitals.
 * Where something cannot be shown, the lines before it are still given out.
 * @throws CommandError `general`
 */
export function* formatText(value: Value): Generator<string> {
  const lines: string[] = []
  try {
    write(value, undefined, lines)
  } finally {
    yield lines.map(line => `${line}\n`).join('')
  }
}

function write(value: Value, name: string | undefined, lines: string[]): void {
  if (isDict(value)) writeDict(value, sortedKeys([value], false), name, lines)
  else if (isList(value)) writeList(value, name, lines)
  else lines.push(str(value))
}

function writeList(items: readonly Value[], name: string | undefined, lines: string[]): void {
  const dicts = items.filter(isDict)
  if (dicts.length > 0) {
    // A key whose value is a scalar in one map is a column of all maps.
    const columns = sortedKeys(dicts, false)
    if (dicts.length < items.length) {
      throw new CommandError('general', 'Text cannot show a list of maps with something else in it.')
    }
    for (const dict of dicts) writeDict(dict, columns, name, lines)
    return
  }
  const scalars = items.filter(item => !isList(item)).map(str)
  if (scalars.length > 0) {
    if (name === undefined) lines.push(scalars.join('\t'))
    else for (const text of scalars) lines.push(`${name.toUpperCase()}\t${text}`)
  }
  for (const item of items) if (isList(item)) writeList(item, name, lines)
}

function writeDict(
  dict: ReadonlyMap<string, Value>,
  columns: readonly string[],
  name: string | undefined,
  lines: string[],
): void {
  if (columns.length > 0) {
    const cells = columns.map(key => str(dict.get(key) ?? (dict.has(key) ? null : '')))
    lines.push((name === undefined ? cells : [name.toUpperCase(), ...cells]).join('\t'))
  }
  const shown = new Set(columns)
  for (const key of sortedKeys([dict], true)) {
    if (!shown.has(key)) write(dict.get(key) ?? null, key, lines)
  }
}

/** The keys under which some map has a nested value, or has a scalar. */
function sortedKeys(dicts: readonly ReadonlyMap<string, Value>[], nested: boolean): string[] {
  const keys = dicts.flatMap(dict => [...dict].filter(([, value]) => isNested(value) === nested).map(([key]) => key))
  return [...new Set(keys)].sort(compareText)
}
