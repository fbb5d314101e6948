import type { Digest } from '../../domain/digest.ts'
import { formatImagePath } from '../../domain/image-path.ts'
import { etagOf } from '../../domain/precondition.ts'
import type { MemoryShare } from '../../ports/memory.ts'
import { deleteManifest as deleteByDigest } from '../../registry/images/delete-manifest.ts'
import type { ManifestReference, Pulled } from '../../registry/images/pull.ts'
import { pushManifest } from '../../registry/images/push-manifest.ts'
import { removeTag } from '../../registry/images/remove-tag.ts'
import { requireCondition } from '../../registry/images/require-condition.ts'
import { authorizeOrMake, authorizePull, authorizeRepository } from '../access/oci-policies.ts'
import { UNCOUNTED_BYTES } from '../memory-budget.ts'
import { isHeld, preconditionOf, requireIfMatch } from './conditional.ts'
import { answer, answerBytes, type Exchange, shareOf } from './exchange.ts'
import type { TargetOf } from './parse-path.ts'
import { Query } from './query.ts'
import { parsePush, parseReference } from './references.ts'
import { readManifestBody, refuseLargeManifest } from './request-body.ts'

type ManifestTarget = TargetOf<'manifest'>

/**
 * The purpose that `berth clean` gives to its requests. It reads indexes to learn what they list, and an image must not
 * look used because somebody cleans up what is not used.
 */
const INVENTORY = 'inventory'

/**
 * end-3: a manifest. Its exact bytes are sent, whatever `Accept` says: a converted manifest would have another digest,
 * and clients that cannot read the type find it in `Content-Type`.
 */
export async function getManifest(exchange: Exchange, { path, reference }: ManifestTarget): Promise<void> {
  authorizePull(exchange, path)
  const { services } = exchange
  const { method, headers: given } = exchange.request
  const isPull = method === 'GET'
  let share: MemoryShare | undefined
  const isHeldBy = (digest: Digest) => isHeld(given['if-none-match'], etagOf(digest))
  const named = parseReference(reference)
  const pulled = await services.pulls.manifest(path, named, ({ digest, sizeBytes }) => {
    requireIfMatch(exchange.request, reference, digest)
    if (!isPull || isHeldBy(digest)) return 'skip'
    share?.release() // of another image, which went while it was about to be read
    if (sizeBytes <= UNCOUNTED_BYTES) return 'read'
    share ??= shareOf(exchange)
    return share.wait(sizeBytes).then(() => 'read')
  })
  const { head, bytes } = pulled
  const digest = head.digest
  const isOnlyChecked = isHeldBy(digest)
  if (given['berth-purpose'] !== INVENTORY) note(exchange, pulled, named, isOnlyChecked)
  const etag = etagOf(digest)
  if (isOnlyChecked) return answer(exchange, 304, { 'Docker-Content-Digest': digest, ETag: etag })
  const headers = {
    'Docker-Content-Digest': digest,
    ETag: etag,
    'Content-Type': head.mediaType,
    'Content-Length': head.sizeBytes,
  }
  if (isPull) await answerBytes(exchange, headers, bytes)
  else answer(exchange, 200, headers)
}

/** Notes the request, for the times and counts of pulls (docs/decisions/0042). */
function note(exchange: Exchange, pulled: Pulled, named: ManifestReference, isOnlyChecked: boolean): void {
  const { request, caller, services } = exchange
  const client = caller.holder.key ?? caller.holder.address ?? ''
  if (request.method !== 'GET') services.pulls.noteLook(pulled, named, client)
  else if (isOnlyChecked) services.pulls.noteUse(pulled)
  else services.pulls.notePull(pulled, named, client)
}

/**
 * end-7a by tag or digest, end-7b by digest with tags: pushes a manifest. A condition is about the reference in the
 * path, not about tags besides.
 */
export async function putManifest(exchange: Exchange, { path, reference }: ManifestTarget): Promise<void> {
  const { request, services, caller } = exchange
  const { digest, tags } = parsePush(reference, new Query(exchange.query).all('tag'))
  const repository = await authorizeOrMake(exchange, path, 'PutImage')
  const precondition = preconditionOf(request)
  const target = digest === undefined ? { tags } : { digest }
  await requireCondition(services.context.metadata.rows, repository.id, target, precondition)
  refuseLargeManifest(exchange)
  const bytes = await readManifestBody(exchange)
  const contentType = request.headers['content-type']
  const push = { repository, bytes, contentType, digest, tags, precondition }
  const pushed = await pushManifest(services.context, caller.actor, push)
  answer(exchange, 201, {
    Location: `/v2/${formatImagePath(path)}/manifests/${pushed.digest}`,
    'Docker-Content-Digest': pushed.digest,
    // The tag serves the next conditional push: the bytes are stored as they came (RFC 9110, section 9.3.4).
    ETag: etagOf(pushed.digest),
    ...(pushed.subject !== undefined && { 'OCI-Subject': pushed.subject }),
    ...(digest !== undefined && tags.length > 0 && { 'OCI-Tag': tags.join(', ') }),
  })
}

/** end-9: deletes a tag alone, whose image stays, or by digest an image with all of its tags. */
export async function deleteManifest(exchange: Exchange, { path, reference }: ManifestTarget): Promise<void> {
  const named = parseReference(reference)
  const repository = await authorizeRepository(exchange, path, { verb: 'delete', action: 'BatchDeleteImage' })
  const { caller, services, request } = exchange
  const precondition = preconditionOf(request)
  if ('tag' in named) await removeTag(services.context, caller.actor, repository, named.tag, precondition)
  else await deleteByDigest(services.context, caller.actor, repository, named.digest, precondition)
  answer(exchange, 202, {})
}
