import { answerListing, type Exchange } from './exchange.ts'
import { cutPage, linkToNext, pageSize } from './paging.ts'
import { formatImagePath, parseImagePath } from './parse-path.ts'
import { Query } from './query.ts'

/** Docker's `_catalog`, which the specification left out: every repository, since all of them are public. */
export async function listCatalog(exchange: Exchange): Promise<void> {
  const query = new Query(exchange.query)
  const limit = pageSize(query)
  const last = query.one('last')
  const after = last ? parseImagePath(last) : undefined
  const { repositories } = exchange.services.context.metadata.rows
  const rows = limit === 0 ? [] : await repositories.catalog({ after, limit: limit + 1 })
  const { page, more } = cutPage(rows, limit)
  const end = page.at(-1)
  const next = more && end && linkToNext('/v2/_catalog', { n: String(limit), last: formatImagePath(end) })
  answerListing(exchange, next ? { Link: next } : {}, JSON.stringify({ repositories: page.map(formatImagePath) }))
}
