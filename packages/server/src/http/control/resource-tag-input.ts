import type { Input } from '@berth/model'
import { RegistryError } from '../../domain/problem.ts'
import type { ResourceTag } from '../../ports/rows/repositories/repositories.ts'

/**
 * Reads resource tags. The model leaves both members optional; a tag without a value has an empty one. @throws
 * RegistryError `resourceTagInvalid`
 */
export function readResourceTags(tags: Input<'TagResource'>['tags']): ResourceTag[] {
  return tags.map(({ Key: key, Value: value = '' }) => {
    if (key === undefined) throw new RegistryError({ kind: 'resourceTagInvalid', reason: 'it has no key' })
    return { key, value }
  })
}
