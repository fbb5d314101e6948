import type { DeletionFailure } from '../../domain/deletion.ts'
import { DIGEST_PATTERN } from './loose-digest.ts'

export const TAG_PATTERN = '[a-zA-Z0-9_][a-zA-Z0-9._-]{0,127}'

/** The service's own words, which scripts look for; that for a bad tag is ours, in their style. */
export function deletionFailureReason(failure: DeletionFailure): string {
  switch (failure.code) {
    case 'ImageNotFound':
      return 'Requested image not found'
    case 'InvalidImageDigest':
      return `Invalid request parameters: image digest should satisfy the regex '${DIGEST_PATTERN}'`
    case 'InvalidImageTag':
      return `Invalid request parameters: image tag should satisfy the regex '${TAG_PATTERN}'`
    case 'MissingDigestAndTag':
      return 'Invalid request parameters: both tag and digest cannot be null'
    case 'ImageTagDoesNotMatchDigest':
      return 'Invalid request parameters: given tag does not map to the given digest'
    case 'ImageReferencedByManifestList':
      return `Requested image referenced by manifest list: [${failure.parents.join(', ')}]`
    case 'ImageProtected':
      return `Requested image is protected by the repository's settings: [${failure.tags.join(', ')}]`
  }
}
