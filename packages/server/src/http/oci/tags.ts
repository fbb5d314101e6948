import { isTag, type Tag } from '../../domain/names.ts'
import { RegistryError } from '../../domain/problem.ts'
import { repositoryToPull } from './authorise.ts'
import { answerListing, type Exchange } from './exchange.ts'
import { cutPage, linkToNext, pageSize } from './paging.ts'
import { formatImagePath, type TargetOf } from './parse-path.ts'
import { Query } from './query.ts'

/** end-8: in byte order. Without `n` a client gets all tags, unless there are more than a page may hold. */
export async function listTags(exchange: Exchange, { path }: TargetOf<'tags'>): Promise<void> {
  const query = new Query(exchange.query)
  const limit = pageSize(query)
  const last = query.one('last')
  const after = last ? readLast(last) : undefined
  const repository = await repositoryToPull(exchange, path)
  const { images } = exchange.services.context.metadata.rows
  const rows = limit === 0 ? [] : await images.listTags(repository.id, { after, limit: limit + 1 })
  const { page, more } = cutPage(rows, limit)
  const name = formatImagePath(path)
  const end = page.at(-1)
  const next = more && end && linkToNext(`/v2/${name}/tags/list`, { n: String(limit), last: end.tag })
  answerListing(exchange, next ? { Link: next } : {}, JSON.stringify({ name, tags: page.map(row => row.tag) }))
}

/** Where a page begins need not be a tag that exists, but one that could. @throws RegistryError `parameterInvalid` */
function readLast(text: string): Tag {
  if (isTag(text)) return text
  throw new RegistryError({ kind: 'parameterInvalid', member: 'last', constraint: 'Member must be a tag' })
}
