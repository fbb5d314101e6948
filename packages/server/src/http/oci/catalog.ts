import { formatImagePath, parseImagePath } from '../../domain/image-path.ts'
import { answerListing, type Exchange, shareOf } from './exchange.ts'
import { cutPage, linkToNext, pageSize, readRows } from './paging.ts'
import { Query } from './query.ts'

/** The bytes that a row and its part of the answer take. */
const ROW_BYTES = 1024

/** Docker's `_catalog`, which the specification left out: every repository, since all of them are public. */
export async function listCatalog(exchange: Exchange): Promise<void> {
  const query = new Query(exchange.query)
  const limit = pageSize(query)
  const last = query.one('last')
  const after = last ? parseImagePath(last) : undefined
  const { repositories } = exchange.services.context.metadata.rows
  const share = shareOf(exchange)
  const read = (most: number) => repositories.catalog({ after, limit: most })
  const rows = limit === 0 ? [] : await readRows(share, { limit: limit + 1, bytesPerRow: ROW_BYTES }, read)
  const { page, more } = cutPage(rows, limit)
  const end = page.at(-1)
  const next = more && end && linkToNext('/v2/_catalog', { n: String(limit), last: formatImagePath(end) })
  const body = JSON.stringify({ repositories: page.map(formatImagePath) })
  await answerListing(exchange, share, next ? { Link: next } : {}, body)
}
