import type { AnyDigest, Digest } from '../../domain/digest.ts'
import { formatImagePath } from '../../domain/image-path.ts'
import { MANIFEST_LIMIT_BYTES } from '../../domain/manifest/manifest.ts'
import { OCI_INDEX } from '../../domain/manifest/media-types.ts'
import type { Rows } from '../../ports/metadata-store.ts'
import type { RepositoryId } from '../../ports/rows/common.ts'
import type { ReferenceRows, ReferrerRow } from '../../ports/rows/images/references.ts'
import { ownTurn } from '../../runtime/own-turn.ts'
import { requireFound } from '../access/found-repository.ts'
import { authorizeIfMade } from '../access/oci-policies.ts'
import { answerListing, type Exchange, shareOf } from './exchange.ts'
import { linkToNext } from './paging.ts'
import type { TargetOf } from './parse-path.ts'
import { Query } from './query.ts'
import { parseAnyDigest, parseDigest } from './references.ts'

/** How many rows are read at a time. */
const BATCH = 25
/**
 * The bytes of annotations after which no more rows are read at a time. Annotations may fill a manifest, and each takes
 * time to read.
 */
const BATCH_BYTES = 256 * 1024
/**
 * The bytes that are held of a page while it is made: the last row, which may be a whole manifest's, and the answer.
 */
const PAGE_BYTES = 2 * MANIFEST_LIMIT_BYTES
/** How often a list is read at most, where images of it are deleted meanwhile. */
const TRIES = 3

/**
 * end-12: an index of the manifests whose `subject` is the digest, which need not exist itself. To a client a 404
 * means that there is no such API, so a repository that the client's next push would make is not answered with one.
 */
export async function listReferrers(exchange: Exchange, target: TargetOf<'referrers'>): Promise<void> {
  const subject = parseAnyDigest(target.digest)
  const query = new Query(exchange.query)
  // A form has `+` for a blank, which parameters of a type may have; everything else means the plus.
  const asked = query.all('artifactType').flatMap(type => (type === '' ? [] : [type, type.replaceAll('+', ' ')]))
  const artifactTypes = asked.length === 0 ? undefined : [...new Set(asked)]
  const last = query.one('last')
  const after = last ? parseDigest(last) : undefined
  const repository = await authorizeIfMade(exchange, target.path)
  const { rows } = exchange.services.context.metadata
  const share = shareOf(exchange)
  await share.wait(PAGE_BYTES)
  const { descriptors, next } = repository
    ? await gather(rows, repository.id, { subject, artifactTypes, after })
    : { descriptors: [], next: undefined }
  await requireFound(rows, exchange.caller)
  const path = `/v2/${formatImagePath(target.path)}/referrers/${subject}`
  const headers = {
    'Content-Type': OCI_INDEX,
    ...(artifactTypes !== undefined && { 'OCI-Filters-Applied': 'artifactType' }),
    ...(next !== undefined && { Link: linkToNext(path, { artifactType: artifactTypes ?? [], last: next }) }),
  }
  const body = `{"schemaVersion":2,"mediaType":"${OCI_INDEX}","manifests":[${descriptors.join(',')}]}`
  await answerListing(exchange, share, headers, body)
}

interface Wanted {
  readonly subject: AnyDigest
  readonly artifactTypes: readonly string[] | undefined
  readonly after: Digest | undefined
}

interface Gathered {
  /** The descriptors as JSON. */
  readonly descriptors: string[]
  readonly digests: Digest[]
  /** The last digest where there are more. */
  readonly next: Digest | undefined
  /** How many reads the list took. What one read found is of one moment. */
  readonly reads: number
}

/**
 * Gathers a list such that it shows all of a deletion of several images, or nothing of it: batches are read one after
 * the other.
 */
async function gather(rows: Rows, repositoryId: RepositoryId, wanted: Wanted): Promise<Gathered> {
  for (let tries = 1; ; tries += 1) {
    const gathered = await gatherOnce(rows.references, repositoryId, wanted)
    const { digests, reads } = gathered
    if (reads === 1 || tries === TRIES) return gathered
    if ((await rows.images.existing(repositoryId, digests)).size === digests.length) return gathered
  }
}

/**
 * Gathers as many descriptors as fit the size that clients accept for a manifest; at least one, so that a client always
 * gets on.
 */
async function gatherOnce(references: ReferenceRows, repositoryId: RepositoryId, wanted: Wanted): Promise<Gathered> {
  const { subject, artifactTypes } = wanted
  const descriptors: string[] = []
  const digests: Digest[] = []
  let sizeBytes = 1024
  let after = wanted.after
  for (let reads = 1; ; reads += 1) {
    const page = { after, limit: BATCH, enoughBytes: BATCH_BYTES, artifactTypes }
    if (reads > 1) await ownTurn()
    const rows = await references.referrers(repositoryId, subject, page)
    let readBytes = 0
    for (const row of rows) {
      readBytes += row.sizeBytes
      const descriptor = describe(row)
      sizeBytes += Buffer.byteLength(descriptor) + 1
      if (sizeBytes > MANIFEST_LIMIT_BYTES && descriptors.length > 0)
        return { descriptors, digests, next: after, reads }
      descriptors.push(descriptor)
      digests.push(row.digest)
      after = row.digest
    }
    if (rows.length < BATCH && readBytes < BATCH_BYTES) return { descriptors, digests, next: undefined, reads }
  }
}

function describe({ mediaType, digest, sizeBytes, artifactType, annotations }: ReferrerRow): string {
  const descriptor = JSON.stringify({ mediaType, digest, size: sizeBytes, artifactType })
  return annotations === undefined ? descriptor : `${descriptor.slice(0, -1)},"annotations":${annotations}}`
}
