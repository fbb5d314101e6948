import { formatImagePath } from '../../domain/image-path.ts'
import { isTag, type Tag } from '../../domain/names.ts'
import { RegistryError } from '../../domain/problem.ts'
import { requireFound } from '../access/found-repository.ts'
import { authorizeRepository } from '../access/oci-policies.ts'
import { answerListing, type Exchange, shareOf } from './exchange.ts'
import { cutPage, linkToNext, pageSize, readRows } from './paging.ts'
import type { TargetOf } from './parse-path.ts'
import { Query } from './query.ts'

/** The bytes that a row and its part of the answer take. */
const ROW_BYTES = 512

/** end-8: the tags in byte order. Without `n` a client gets all tags, unless there are more than a page may hold. */
export async function listTags(exchange: Exchange, { path }: TargetOf<'tags'>): Promise<void> {
  const query = new Query(exchange.query)
  const limit = pageSize(query)
  const last = query.one('last')
  const after = last ? readLast(last) : undefined
  const repository = await authorizeRepository(exchange, path, { verb: 'pull' })
  const { rows } = exchange.services.context.metadata
  const share = shareOf(exchange)
  const read = (most: number) => rows.tags.names(repository.id, { after, limit: most })
  const tags = limit === 0 ? [] : await readRows(share, { limit: limit + 1, bytesPerRow: ROW_BYTES }, read)
  await requireFound(rows, exchange.caller)
  const { page, more } = cutPage(tags, limit)
  const name = formatImagePath(path)
  const end = page.at(-1)
  const next = more && end && linkToNext(`/v2/${name}/tags/list`, { n: String(limit), last: end })
  const body = JSON.stringify({ name, tags: page })
  await answerListing(exchange, share, next ? { Link: next } : {}, body)
}

/** Reads the tag behind which a page begins. It need not exist. @throws RegistryError `parameterInvalid` */
function readLast(text: string): Tag {
  if (isTag(text)) return text
  throw new RegistryError({ kind: 'parameterInvalid', member: 'last', constraint: 'Member must be a tag' })
}
