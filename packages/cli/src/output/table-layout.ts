import { CommandError } from '../errors.ts'
import { str } from '../python/text.ts'
import { compareText, isDict, isFalsy, isList, isNested, type Value } from '../python/value.ts'

/** One box of a table: a title over a header and rows, any of which may be missing. */
export interface Section {
  readonly title: string
  /** How many boxes this box stands in. */
  readonly indent: number
  readonly headers: readonly string[]
  readonly rows: readonly (readonly string[])[]
}

interface Draft {
  readonly title: string
  readonly indent: number
  headers: readonly string[]
  rows: string[][]
}

/** Lays a value out as sections, the outermost first. An empty value has none. */
export function layOut(title: string, value: Value): Section[] {
  const sections: Draft[] = []
  build(title, value, 0, sections)
  return sections
}

function build(title: string | undefined, value: Value, indent: number, sections: Draft[]): void {
  if (isFalsy(value)) return
  if (title !== undefined) sections.push({ title, indent, headers: [], rows: [] })
  if (isDict(value)) buildDict(value, indent, sections)
  else if (isList(value)) {
    if (isDict(value[0])) buildDicts(title ?? '', value, indent, sections)
    else buildItems(value, sections)
  }
}

function buildDict(dict: ReadonlyMap<string, Value>, indent: number, sections: Draft[]): void {
  const scalars = keys([dict], false)
  const [only] = scalars
  if (only !== undefined && scalars.length === 1) addRow(sections, [only, cell(dict, only)])
  else if (scalars.length > 1) {
    setHeaders(sections, scalars)
    addRow(
      sections,
      scalars.map(key => cell(dict, key)),
    )
  }
  for (const key of keys([dict], true)) build(key, dict.get(key) ?? null, indent + 1, sections)
}

/** A table of maps is broken up after every row that has more to show below it. */
function buildDicts(title: string, items: readonly Value[], indent: number, sections: Draft[]): void {
  const dicts = items.filter(isDict)
  if (dicts.length < items.length) {
    throw new CommandError('general', 'A table cannot show a list of maps with something else in it.')
  }
  const headers = keys(dicts, false)
  const nested = keys(dicts, true)
  dicts.forEach((dict, index) => {
    if (index > 0 && nested.length > 0) sections.push({ title, indent, headers: [], rows: [] })
    if (index === 0 || nested.length > 0) setHeaders(sections, headers)
    addRow(
      sections,
      headers.map(key => cell(dict, key)),
    )
    for (const key of nested) if (dict.has(key)) build(key, dict.get(key) ?? null, indent + 1, sections)
  })
}

function buildItems(items: readonly Value[], sections: Draft[]): void {
  for (const item of items) {
    if (!isNested(item)) addRow(sections, [str(item)])
    else if (isList(item) && !item.some(isNested)) addRow(sections, item.map(str))
    else if (isDict(item)) addRow(sections, [...item.keys()])
    else build(undefined, item, 0, sections)
  }
}

function setHeaders(sections: readonly Draft[], headers: readonly string[]): void {
  const section = sections.at(-1)
  if (section) section.headers = headers
}

function addRow(sections: readonly Draft[], row: string[]): void {
  const section = sections.at(-1)
  if (!section) return
  const columns = section.headers.length || section.rows[0]?.length
  if (columns !== undefined && columns !== row.length) {
    throw new CommandError('general', `Row should have ${columns} elements, instead it has ${row.length}`)
  }
  section.rows.push(row)
}

function cell(dict: ReadonlyMap<string, Value>, key: string): string {
  const value = dict.get(key)
  return value === undefined ? '' : str(value)
}

function keys(dicts: readonly ReadonlyMap<string, Value>[], nested: boolean): string[] {
  const found = dicts.flatMap(dict => [...dict].filter(([, value]) => isNested(value) === nested).map(([key]) => key))
  return [...new Set(found)].sort(compareText)
}
