import { operations } from '@berth/model'
import type { Client } from '../../../client/client.ts'
import { isDict, isList, type Value } from '../../../python/value.ts'
import type { Repository } from '../inventory/repositories.ts'
import type { Removal } from '../plan/plan.ts'
import { type ImageId, idsOf } from './batches.ts'

/** What became of a removal: done, or why not. `gone` says that somebody else deleted the image before. */
export type Outcome =
  | { readonly kind: 'done' | 'gone' }
  | { readonly kind: 'failed' | 'skipped'; readonly code: string; readonly reason: string }

/**
 * Sends one BatchDeleteImage, and tells what became of each removal. @throws CommandError when the call fails as such
 */
export async function callDelete(
  client: Client,
  repository: Repository,
  removals: readonly Removal[],
  pairs: boolean,
): Promise<Map<Removal, Outcome>> {
  const named = new Map(removals.map(removal => [removal, idsOf(removal, { pairs })]))
  const imageIds = [...named.values()].flat().map(id => new Map<string, Value>(Object.entries(id)))
  const answer = await client.call(operations.BatchDeleteImage, new Map([...repository.names, ['imageIds', imageIds]]))
  const deleted = new Set<string>()
  for (const { imageDigest, imageTag } of readIds(answer.get('imageIds'))) {
    if (imageDigest !== undefined) deleted.add(imageDigest)
    if (imageTag !== undefined) deleted.add(imageTag)
  }
  const failures = new Map<string, Outcome & { kind: 'failed' }>()
  const listed = answer.get('failures')
  for (const failure of isList(listed) ? listed.filter(isDict) : []) {
    const text = (name: string) => String(failure.get(name) ?? '')
    const [id = {}] = readIds([failure.get('imageId') ?? null])
    failures.set(keyOf(id), { kind: 'failed', code: text('failureCode'), reason: text('failureReason') })
  }
  return new Map([...named].map(([removal, ids]) => [removal, outcomeOf(removal, ids, deleted, failures)]))
}

/** What is not found is gone, which was the aim: a call that was retried may find its own work done. */
function outcomeOf(
  { image }: Removal,
  ids: readonly ImageId[],
  deleted: ReadonlySet<string>,
  failures: ReadonlyMap<string, Outcome & { kind: 'failed' }>,
): Outcome {
  const found = ids.map(id => failures.get(keyOf(id))).filter(failure => failure !== undefined)
  const real = found.find(({ code }) => code !== 'ImageNotFound')
  if (real) return real
  const done = deleted.has(image.digest) || ids.some(({ imageTag }) => imageTag !== undefined && deleted.has(imageTag))
  if (done) return { kind: 'done' }
  if (found.length > 0) return { kind: 'gone' }
  return { kind: 'failed', code: 'NotAnswered', reason: 'the registry did not say what became of it' }
}

const keyOf = ({ imageDigest = '', imageTag = '' }: ImageId) => `${imageDigest} ${imageTag}`

function readIds(list: Value | undefined): ImageId[] {
  if (!isList(list)) return []
  return list.filter(isDict).map(id => {
    const [imageDigest, imageTag] = [id.get('imageDigest'), id.get('imageTag')]
    return {
      ...(typeof imageDigest === 'string' && { imageDigest }),
      ...(typeof imageTag === 'string' && { imageTag }),
    }
  })
}
