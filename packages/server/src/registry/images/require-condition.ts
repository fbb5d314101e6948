import type { Digest } from '../../domain/digest.ts'
import type { Tag } from '../../domain/names.ts'
import { brokenCondition, etagOf, type Precondition } from '../../domain/precondition.ts'
import { RegistryError } from '../../domain/problem.ts'
import type { Rows } from '../../ports/metadata-store.ts'
import type { RepositoryId } from '../../ports/rows/common.ts'

/** The target of a condition: tags, each of which must fulfil it, or the manifest of a digest. */
export type ConditionalTarget = { readonly tags: readonly Tag[] } | { readonly digest: Digest }

/**
 * Holds a change to its conditions. The transaction of the change calls it, so that nothing comes between. It is also
 * called before a body is asked for, so that a body which would be refused is not sent.
 * @throws RegistryError `preconditionFailed`
 */
export async function requireCondition(
  rows: Rows,
  repositoryId: RepositoryId,
  target: ConditionalTarget,
  precondition: Precondition | undefined,
): Promise<void> {
  if (precondition === undefined) return
  for (const [reference, current] of await currentOf(rows, repositoryId, target)) {
    const condition = brokenCondition(precondition, current && etagOf(current))
    if (condition !== undefined) throw new RegistryError({ kind: 'preconditionFailed', condition, reference, current })
  }
}

async function currentOf(
  { images, tags }: Rows,
  repositoryId: RepositoryId,
  target: ConditionalTarget,
): Promise<[reference: string, current: Digest | undefined][]> {
  if ('digest' in target) {
    const { digest } = target
    const isThere = (await images.existing(repositoryId, [digest])).has(digest)
    return [[digest, isThere ? digest : undefined]]
  }
  const found = new Map((await tags.find(repositoryId, target.tags)).map(row => [row.tag, row.digest]))
  return target.tags.map(tag => [tag, found.get(tag)])
}
