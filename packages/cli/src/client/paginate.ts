import type { Operation, Pagination } from '@berth/model'
import { CommandError } from '../errors.ts'
import type { Pages } from '../output/answer.ts'
import { formatJson } from '../python/format-json.ts'
import { parseInteger } from '../python/int.ts'
import { parseJson } from '../python/parse-json.ts'
import { repr } from '../python/text.ts'
import { isDict, isInteger, isList, type Value } from '../python/value.ts'
import type { Client, Parameters } from './client.ts'

export interface PagingOptions {
  readonly startingToken?: string
  readonly pageSize?: number | bigint
  readonly maxItems?: number | bigint
}

/** The token of a page, and how many of its items were already shown. */
interface Position {
  readonly token: Value
  readonly skip: number
  readonly extra?: Parameters
}

const SKIP_KEY = 'boto_truncate_amount'

interface Listing {
  readonly operation: Operation
  readonly pagination: Pagination
  readonly parameters: Parameters
}

/** All pages of a listing, one request each, up to `maxItems` items. */
export function paginate(client: Client, listing: Listing, options: PagingOptions): Pages {
  const { pagination } = listing
  let resume: string | undefined
  let shared: Parameters | undefined
  return {
    resultKey: pagination.resultKey,
    shared: () => shared ?? new Map(),
    resumeToken: () => resume,
    async *[Symbol.asyncIterator]() {
      const start = parsePosition(options.startingToken, pagination)
      const most = options.maxItems === undefined ? undefined : Number(options.maxItems)
      let token = start.token
      let previous: Value = null
      let skip = start.skip
      let total = 0
      let extra = start.extra
      for (;;) {
        const page = new Map(await client.call(listing.operation, requestOf(listing, options, token, extra)))
        extra = undefined
        shared ??= new Map([...page].filter(([name]) => pagination.sharedKeys?.includes(name)))
        const items = itemsOf(page, pagination).slice(skip)
        if (skip > 0 || options.startingToken !== undefined) cut(page, pagination, items, total === 0)
        const excess = most === undefined ? 0 : total + items.length - most
        if (excess > 0) {
          const kept = items.length - excess
          page.set(pagination.resultKey, items.slice(0, kept))
          resume = encodeToken({ [pagination.inputToken]: token, [SKIP_KEY]: kept + skip })
          yield page
          return
        }
        yield page
        total += items.length
        skip = 0
        token = page.get(pagination.outputToken) || null
        if (token === null) return
        if (total === most) {
          resume = encodeToken({ [pagination.inputToken]: token })
          return
        }
        if (previous === token) throw repeated(pagination, token)
        previous = token
      }
    },
  }
}

function requestOf(
  { parameters, pagination }: Listing,
  { pageSize }: PagingOptions,
  token: Value,
  extra: Parameters | undefined,
): Parameters {
  const request = new Map([...parameters, ...(extra ?? [])])
  if (pageSize !== undefined) request.set(pagination.limitKey, pageSize)
  if (token !== null && token !== 'None') request.set(pagination.inputToken, token)
  return request
}

const itemsOf = (page: Parameters, { resultKey }: Pagination): readonly Value[] => {
  const items = page.get(resultKey)
  return isList(items) ? items : []
}

/** Leaves only the unseen items on a page that resumes a listing. A page without any items has no member for them. */
function cut(page: Map<string, Value>, { resultKey }: Pagination, items: readonly Value[], first: boolean): void {
  if (first && isList(page.get(resultKey))) page.set(resultKey, items)
}

/** Reads where a listing goes on: a token of ours, one of the first versions' (`TOKEN___3`), or the service's own. */
function parsePosition(text: string | undefined, { inputToken }: Pagination): Position {
  if (text === undefined) return { token: null, skip: 0 }
  const decoded = decodeToken(text)
  if (decoded) {
    const skip = decoded.get(SKIP_KEY)
    const others = [...decoded].filter(([name]) => name !== SKIP_KEY && name !== inputToken)
    return {
      token: decoded.get(inputToken) ?? null,
      skip: isInteger(skip) ? Number(skip) : 0,
      ...(others.length > 0 && { extra: new Map(others) }),
    }
  }
  const [token = '', amount, ...more] = text.split('___')
  const skip = amount === undefined ? undefined : parseInteger(amount)
  if (more.length > 0) throw new CommandError('general', `Bad starting token: ${text}`)
  return skip === undefined ? { token: text, skip: 0 } : { token, skip: Number(skip) }
}

function decodeToken(text: string): ReadonlyMap<string, Value> | undefined {
  try {
    const value = parseJson(Buffer.from(text, 'base64').toString('utf8'))
    return isDict(value) ? value : undefined
  } catch {
    return undefined
  }
}

const encodeToken = (position: Readonly<Record<string, Value>>): string =>
  Buffer.from(formatJson(new Map(Object.entries(position)), { ascii: true })).toString('base64')

const repeated = ({ inputToken }: Pagination, token: Value) =>
  new CommandError(
    'general',
    `Error during pagination: The same next token was received twice: ${repr(new Map([[inputToken, token]]))}`,
  )
