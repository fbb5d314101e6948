import { operations } from '@berth/model'
import type { Client } from '../../../client/client.ts'
import { CommandError } from '../../../errors.ts'
import { isDict, isList, type Value } from '../../../python/value.ts'
import { readTags } from '../inventory/list-images.ts'
import type { Repository } from '../inventory/repositories.ts'
import type { Removal } from '../plan/plan.ts'

/** The tags that images have at this moment, of at most 100 digests. Images that are gone are missing. */
export async function lookAgain(
  client: Client,
  repository: Repository,
  digests: readonly string[],
): Promise<ReadonlyMap<string, readonly string[]>> {
  if (digests.length === 0) return new Map()
  const imageIds = digests.map(digest => new Map<string, Value>([['imageDigest', digest]]))
  const request = new Map<string, Value>([...repository.names, ['imageIds', imageIds]])
  try {
    const details = (await client.call(operations.DescribeImages, request)).get('imageDetails')
    const found = isList(details) ? details.filter(isDict) : []
    return new Map(found.map(detail => [String(detail.get('imageDigest')), readTags(detail)]))
  } catch (error) {
    if (!(error instanceof CommandError && error.code === 'ImageNotFoundException')) throw error
    if (digests.length === 1) return new Map()
    // One missing image fails the whole call, and the answer does not say which. So each half is asked by itself.
    const middle = digests.length >> 1
    const left = await lookAgain(client, repository, digests.slice(0, middle))
    const right = await lookAgain(client, repository, digests.slice(middle))
    return new Map([...left, ...right])
  }
}

/** Whether a removal still means what the plan showed. `current` are the tags that the image has now. */
export function isAsPlanned({ image, tags }: Removal, current: readonly string[]): boolean {
  if (tags === undefined) return current.length === image.tags.length && image.tags.every(tag => current.includes(tag))
  // The image must keep some tag that the plan leaves it: with the last tag it would go itself.
  return (
    tags.every(tag => current.includes(tag)) && image.tags.some(tag => !tags.includes(tag) && current.includes(tag))
  )
}
