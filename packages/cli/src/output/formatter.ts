import type { OutputFormat } from '../argv/global-options.ts'
import { formatJson } from '../python/format-json.ts'
import { isDict, type Value } from '../python/value.ts'
import type { Query } from '../query/query.ts'
import { type Answer, collectPages } from './answer.ts'
import type { TableStyle } from './table.ts'

interface FormatOptions {
  readonly format: OutputFormat
  readonly query: Query | undefined
  /** The title of tables: the operation's name. */
  readonly title: string
  readonly table: TableStyle
}

/** Pieces of text to print, each as soon as it is known. The formats text and yaml-stream print page by page. */
export async function* formatAnswer(answer: Answer, options: FormatOptions): AsyncGenerator<string> {
  if (options.format === 'text') yield* asText(answer, options)
  else if (options.format === 'yaml-stream') yield* asYamlStream(answer, options)
  else yield await asWhole(answer, options)
}

const isEmptyDict = (value: Value) => isDict(value) && value.size === 0

const apply = (query: Query | undefined, value: Value): Value => (query ? query(value) : value)

async function asWhole(answer: Answer, { format, query, title, table }: FormatOptions): Promise<string> {
  const whole = 'one' in answer ? answer.one : await collectPages(answer.pages)
  const value = apply(query, whole)
  if (format === 'table') {
    const { formatTable } = await import('./table.ts')
    return formatTable(title, value, table)
  }
  if (isEmptyDict(value)) return ''
  if (format === 'json') return `${formatJson(value, { indent: 4 })}\n`
  const { formatYaml } = await import('./yaml.ts')
  return formatYaml(value)
}

async function* asText(answer: Answer, { query }: FormatOptions): AsyncGenerator<string> {
  const { formatText } = await import('./text.ts')
  if ('one' in answer) {
    yield* formatText(apply(query, answer.one))
    return
  }
  const { pages } = answer
  for await (const page of pages) {
    yield* formatText(apply(query, new Map([[pages.resultKey, page.get(pages.resultKey) ?? null]])))
  }
  const token = pages.resumeToken()
  if (token === undefined) return
  yield* formatText(apply(query, new Map([['NextToken', new Map([['NextToken', token]])]])))
}

async function* asYamlStream(answer: Answer, { query }: FormatOptions): AsyncGenerator<string> {
  const { formatYaml } = await import('./yaml.ts')
  if ('one' in answer) {
    const value = apply(query, answer.one)
    if (!isEmptyDict(value)) yield formatYaml([value])
    return
  }
  for await (const page of answer.pages) yield formatYaml([apply(query, page)])
}
