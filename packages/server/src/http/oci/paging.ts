import { RegistryError } from '../../domain/problem.ts'
import type { MemoryShare } from '../../ports/memory.ts'
import { UNCOUNTED_BYTES } from '../memory-budget.ts'
import type { Query } from './query.ts'

/** The most entries of one answer, and how many there are when the client does not say. */
const PAGE_LIMIT = 10_000

/** The `n` of a listing's query, no more than the limit. @throws RegistryError `parameterInvalid` */
export function pageSize(query: Query): number {
  const text = query.one('n')
  if (text === undefined || text === '') return PAGE_LIMIT
  if (!/^\d{1,15}$/.test(text))
    throw new RegistryError({ kind: 'parameterInvalid', member: 'n', constraint: 'Member must be a number from 0' })
  return Math.min(Number(text), PAGE_LIMIT)
}

/**
 * Reads at most `limit` rows of a listing. A few are read at once. Before more are read, there must be room for all
 * that are asked for.
 * @throws RegistryError `unavailable`
 */
export async function readRows<Row>(
  share: MemoryShare,
  { limit, bytesPerRow }: { readonly limit: number; readonly bytesPerRow: number },
  read: (limit: number) => Promise<Row[]>,
): Promise<Row[]> {
  const few = Math.min(limit, Math.floor(UNCOUNTED_BYTES / bytesPerRow))
  const rows = await read(few)
  if (rows.length < few || few === limit) return rows
  await share.wait(limit * bytesPerRow)
  return read(limit)
}

/** The first `limit` of `limit + 1` rows that were asked for, and whether there are more. */
export function cutPage<Row>(rows: readonly Row[], limit: number): { page: readonly Row[]; more: boolean } {
  return rows.length > limit ? { page: rows.slice(0, limit), more: true } : { page: rows, more: false }
}

/** A `Link` to the next page (RFC 8288). It is relative, and so works behind any proxy. */
export function linkToNext(path: string, query: Readonly<Record<string, string | readonly string[]>>): string {
  const parameters = Object.entries(query).flatMap(([name, values]) =>
    [values].flat().map((value): [string, string] => [name, value]),
  )
  return `<${path}?${new URLSearchParams(parameters)}>; rel="next"`
}
