import { operations, type Pagination } from '@berth/model'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { collectPages } from '../output/answer.ts'
import { isList, type Value } from '../python/value.ts'
import type { Client, Parameters } from './client.ts'
import { type PagingOptions, paginate } from './paginate.ts'

const operation = operations.DescribeImages
const pagination: Pagination = {
  inputToken: 'nextToken',
  outputToken: 'nextToken',
  limitKey: 'maxResults',
  resultKey: 'imageDetails',
  defaultLimit: 100,
}

/** A service that answers with these pages; the token of page n is `n`. */
function serving(pages: readonly (readonly string[])[]) {
  const requests: Parameters[] = []
  const client: Client = {
    prepare: (_, parameters) => parameters,
    async call(_, parameters) {
      requests.push(parameters)
      const index = Number(parameters.get('nextToken') ?? 0)
      const page = new Map<string, Value>([['imageDetails', pages[index] ?? []]])
      if (index + 1 < pages.length) page.set('nextToken', String(index + 1))
      return page
    },
  }
  const list = (options: PagingOptions) => paginate(client, { operation, pagination, parameters: new Map() }, options)
  return { requests, list }
}

const itemsOf = (answer: Parameters): readonly Value[] => {
  const items = answer.get('imageDetails')
  return isList(items) ? items : []
}

describe('paginate', () => {
  it('merges all pages and leaves the token out', async () => {
    const { list, requests } = serving([['a', 'b'], [], ['c']])
    const answer = await collectPages(list({ pageSize: 2 }))
    expect([...answer]).toEqual([['imageDetails', ['a', 'b', 'c']]])
    expect(requests.map(request => [...request])).toEqual([
      [['maxResults', 2]],
      [
        ['maxResults', 2],
        ['nextToken', '1'],
      ],
      [
        ['maxResults', 2],
        ['nextToken', '2'],
      ],
    ])
  })

  it('writes tokens as the original does', async () => {
    const token = async (maxItems: number) => {
      const answer = await collectPages(serving([['a', 'b'], ['c']]).list({ maxItems }))
      return Buffer.from(String(answer.get('NextToken')), 'base64').toString()
    }
    expect(await token(1)).toBe('{"nextToken": null, "boto_truncate_amount": 1}')
    expect(await token(2)).toBe('{"nextToken": "1"}')
  })

  it('takes tokens of the service and of the first versions', async () => {
    const { list } = serving([['a', 'b'], ['c', 'd'], ['e']])
    expect(itemsOf(await collectPages(list({ startingToken: '1' })))).toEqual(['c', 'd', 'e'])
    expect(itemsOf(await collectPages(list({ startingToken: '1___1' })))).toEqual(['d', 'e'])
  })

  it('shows every item once, however a listing is cut up', async () => {
    const pages = fc.array(fc.array(fc.string({ maxLength: 2 }), { maxLength: 3 }), { minLength: 1, maxLength: 4 })
    await fc.assert(
      fc.asyncProperty(pages, fc.integer({ min: 1, max: 5 }), async (all, maxItems) => {
        const { list } = serving(all)
        const shown: Value[] = []
        let token: Value | undefined
        do {
          const answer = await collectPages(
            list({ maxItems, ...(token !== undefined && { startingToken: String(token) }) }),
          )
          expect(itemsOf(answer).length).toBeLessThanOrEqual(maxItems)
          shown.push(...itemsOf(answer))
          token = answer.get('NextToken')
        } while (token !== undefined)
        expect(shown).toEqual(all.flat())
      }),
    )
  })

  it('does not go in circles', async () => {
    const client: Client = {
      prepare: (_, parameters) => parameters,
      call: async () => new Map<string, Value>([['nextToken', 'SAME']]),
    }
    const pages = paginate(client, { operation, pagination, parameters: new Map() }, {})
    await expect(collectPages(pages)).rejects.toThrow(
      "Error during pagination: The same next token was received twice: {'nextToken': 'SAME'}",
    )
  })
})
