import type { DeletionFailure, FailedRef } from '../../domain/deletion.ts'
import type { ImageRef } from '../../domain/image-ref.ts'
import { type ImageId, type ImageIdFault, type ReadId, TAG_PATTERN } from './image-ids.ts'
import { DIGEST_PATTERN } from './loose-digest.ts'

type Failure = DeletionFailure | ImageIdFault
type Kind = Failure['kind']
type Row<K extends Kind> = readonly [
  code: string,
  reason: string | ((failure: Extract<Failure, { kind: K }>) => string),
]

/**
 * The code and the reason of each kind, in the service's own words, which scripts look for. The reasons of malformed
 * and protected tags are ours.
 */
const rows = {
  nothingNamed: ['MissingDigestAndTag', 'Invalid request parameters: both tag and digest cannot be null'],
  digestMalformed: [
    'InvalidImageDigest',
    `Invalid request parameters: image digest should satisfy the regex '${DIGEST_PATTERN}'`,
  ],
  tagMalformed: ['InvalidImageTag', `Invalid request parameters: image tag should satisfy the regex '${TAG_PATTERN}'`],
  unknown: ['ImageNotFound', 'Requested image not found'],
  tagElsewhere: [
    'ImageTagDoesNotMatchDigest',
    'Invalid request parameters: given tag does not map to the given digest',
  ],
  heldByIndexes: [
    'ImageReferencedByManifestList',
    ({ parents }) => `Requested image referenced by manifest list: [${parents.join(', ')}]`,
  ],
  protected: [
    'ImageProtected',
    ({ tags }) => `Requested image is protected by the repository's settings: [${tags.join(', ')}]`,
  ],
} as const satisfies { [K in Kind]: Row<K> }

/** An element of the `failures` of an answer. */
interface WireFailure<K extends Kind> {
  readonly imageId: ImageId
  readonly failureCode: (typeof rows)[K][0]
  readonly failureReason: string
}

/**
 * Failures in the form of the wire, in the order of the ids. Images that indexes hold come after all others, as the
 * core lists them.
 */
export function wireFailures<F extends DeletionFailure>(
  ids: readonly ReadId[],
  failures: readonly FailedRef<F>[],
): WireFailure<F['kind'] | ImageIdFault['kind']>[] {
  const failed = new Map(failures.map(({ ref, failure }) => [ref, failure]))
  const inOrder = ids.flatMap(read => {
    const failure = 'ref' in read ? failed.get(read.ref) : read.fault
    return failure === undefined || failure.kind === 'heldByIndexes' ? [] : [wireFailure(read.id, failure)]
  })
  const held = failures.filter(({ failure }) => failure.kind === 'heldByIndexes')
  return [...inOrder, ...held.map(({ ref, failure }) => wireFailure(idOf(ref), failure))]
}

function wireFailure<F extends Failure>(imageId: ImageId, failure: F): WireFailure<F['kind']> {
  const kind: F['kind'] = failure.kind
  // The table ties each kind to its own row, which TypeScript cannot follow through a look-up.
  const reason = rows[kind][1] as string | ((failure: F) => string)
  return { imageId, failureCode: rows[kind][0], failureReason: typeof reason === 'string' ? reason : reason(failure) }
}

const idOf = ({ digest, tag, foreign }: ImageRef): ImageId => ({ imageDigest: digest ?? foreign, imageTag: tag })
