import { parseTag } from '../../domain/names.ts'
import { repositoryToPull } from './authorise.ts'
import { answerListing, type Exchange } from './exchange.ts'
import { cutPage, linkToNext, pageSize } from './paging.ts'
import { formatImagePath, type TargetOf } from './parse-path.ts'

/** end-8: in byte order. Without `n` a client gets all tags, unless there are more than a page may hold. */
export async function listTags(exchange: Exchange, { path }: TargetOf<'tags'>): Promise<void> {
  const query = new URLSearchParams(exchange.query)
  const limit = pageSize(query)
  const last = query.get('last')
  const after = last ? parseTag(last) : undefined
  const repository = await repositoryToPull(exchange, path)
  const { images } = exchange.services.context.metadata.rows
  const rows = limit === 0 ? [] : await images.listTags(repository.id, { after, limit: limit + 1 })
  const { page, more } = cutPage(rows, limit)
  const name = formatImagePath(path)
  const end = page.at(-1)
  const next = more && end && linkToNext(`/v2/${name}/tags/list`, { n: String(limit), last: end.tag })
  answerListing(exchange, next ? { Link: next } : {}, JSON.stringify({ name, tags: page.map(row => row.tag) }))
}
