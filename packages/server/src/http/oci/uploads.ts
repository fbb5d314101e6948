import type { IncomingMessage } from 'node:http'
import { algorithmOf, type Digest, type DigestAlgorithm, isDigest } from '../../domain/digest.ts'
import { formatImagePath, type ImagePath, parseImagePath } from '../../domain/image-path.ts'
import { isProblem, OciError, RegistryError } from '../../domain/problem.ts'
import type { UploadId } from '../../ports/rows/common.ts'
import { mountBlob } from '../../registry/blobs/blobs.ts'
import type { Chunk } from '../../registry/blobs/receive-chunk.ts'
import type { RepositoryRef } from '../../registry/context.ts'
import { requireFound } from '../access/found-repository.ts'
import { authorizeOrMake, authorizeRepository } from '../access/oci-policies.ts'
import { refuseCodedBody } from '../bodies/content-coding.ts'
import { bodyOf } from '../bodies/paced-body.ts'
import { announcedBytes, hasBody } from '../bodies/read-body.ts'
import { parseContentRange, receivedRange } from './content-range.ts'
import { answer, type Exchange } from './exchange.ts'
import type { TargetOf } from './parse-path.ts'
import { Query } from './query.ts'
import { lengthOf } from './range.ts'
import { parseAnyDigest, parseDigest } from './references.ts'

const ALGORITHM = 'digest-algorithm'
const UPLOAD_ID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/

/** end-4a to 4c and end-11: begins an upload, unless the request itself brings or names the whole blob. */
export async function beginUpload(exchange: Exchange, { path }: TargetOf<'uploads'>): Promise<void> {
  const query = new Query(exchange.query)
  const [given, wanted, from, hint] = [query.one('digest'), query.one('mount'), query.one('from'), query.one(ALGORITHM)]
  const digest = given === undefined ? undefined : parseDigest(given)
  const mount = wanted === undefined ? undefined : parseAnyDigest(wanted)
  const algorithm = digest === undefined ? parseAlgorithm(hint) : algorithmOf(digest)
  const repository = await authorizeOrMake(exchange, path, 'InitiateLayerUpload')
  // No repository has a blob that cannot be stored. The client sends it, and hears then that it cannot be.
  if (mount !== undefined && isDigest(mount) && (await mounted(exchange, repository, mount, from)))
    return answerStored(exchange, path, mount)
  const id = await exchange.services.uploads.begin(repository, algorithm)
  // The parameter decides, never the length: an empty blob comes as an empty, perhaps chunked, body.
  if (digest !== undefined) return completeAtOnce(exchange, path, repository, id, digest)
  answerUpload(exchange, 202, path, id, 0)
}

/** end-5: appends one chunk to what was received. */
export async function appendToUpload(exchange: Exchange, target: TargetOf<'upload'>): Promise<void> {
  const id = parseUploadId(target)
  const repository = await authorizeRepository(exchange, target.path, { verb: 'push', action: 'UploadLayerPart' })
  const sizeBytes = await exchange.services.uploads.append(repository, id, chunkOf(exchange))
  answerUpload(exchange, 202, target.path, id, sizeBytes)
}

/** end-6: appends the last chunk, if there is one, and completes the upload under the digest of all bytes. */
export async function completeUpload(exchange: Exchange, target: TargetOf<'upload'>): Promise<void> {
  const id = parseUploadId(target)
  const digest = parseDigest(new Query(exchange.query).one('digest') ?? '')
  const repository = await authorizeRepository(exchange, target.path, { verb: 'push', action: 'CompleteLayerUpload' })
  const bringsChunk = hasBody(exchange.request) || exchange.request.headers['content-range'] !== undefined
  const chunk = bringsChunk ? chunkOf(exchange) : undefined
  await exchange.services.uploads.complete(repository, id, { digests: [digest], chunk })
  answerStored(exchange, target.path, digest)
}

/** end-13: tells how much of an upload was received. */
export async function getUpload(exchange: Exchange, target: TargetOf<'upload'>): Promise<void> {
  const id = parseUploadId(target)
  const repository = await authorizeRepository(exchange, target.path, { verb: 'push', action: 'UploadLayerPart' })
  const sizeBytes = await exchange.services.uploads.sizeBytes(repository, id)
  await requireFound(exchange.services.context.metadata.rows, exchange.caller)
  answerUpload(exchange, 204, target.path, id, sizeBytes)
}

/** end-14: cancels an upload. */
export async function cancelUpload(exchange: Exchange, target: TargetOf<'upload'>): Promise<void> {
  const id = parseUploadId(target)
  const repository = await authorizeRepository(exchange, target.path, { verb: 'push', action: 'UploadLayerPart' })
  await exchange.services.uploads.cancel(repository, id)
  answer(exchange, 204, {})
}

/**
 * Mounts the blob where that can be done. A source that is unreadable, unknown or no path at all cannot be mounted
 * from: the client sends the bytes then.
 */
async function mounted(
  { caller, services }: Exchange,
  repository: RepositoryRef,
  digest: Digest,
  from: string | undefined,
): Promise<boolean> {
  if (from === undefined) return mountBlob(services.context, repository, undefined, digest)
  const source = sourceOf(from)
  return (
    source !== undefined && caller.inScope(source, 'pull') && mountBlob(services.context, repository, source, digest)
  )
}

function sourceOf(from: string): ImagePath | undefined {
  try {
    return parseImagePath(from)
  } catch (error) {
    if (isProblem(error, 'nameInvalid') || isProblem(error, 'aliasInvalid')) return undefined
    throw error
  }
}

/** No client learns the id of this session, so it does not outlive a failure. */
async function completeAtOnce(
  exchange: Exchange,
  path: ImagePath,
  repository: RepositoryRef,
  id: UploadId,
  digest: Digest,
): Promise<void> {
  const { uploads } = exchange.services
  try {
    await uploads.complete(repository, id, { digests: [digest], chunk: chunkOf(exchange) })
  } catch (error) {
    // berth itself cancels the upload, whatever the caller may do by now.
    await uploads.cancel({ ...repository, confirm: undefined }, id).catch(() => undefined)
    throw error
  }
  answerStored(exchange, path, digest)
}

/**
 * The body of a request as the use case takes it; the client is asked for it when it is wanted.
 * @throws RegistryError `requestMalformed`, `uploadSizeMismatch`, and as `refuseCodedBody`
 */
function chunkOf({ request, wantBody, caller }: Exchange): Chunk {
  refuseCodedBody(request)
  const range = parseContentRange(request.headers['content-range'])
  const announced = announcedBytes(request)
  const lengthBytes = range === undefined ? announced : lengthOf(range)
  if (range !== undefined && announced !== undefined && announced !== lengthBytes)
    throw new RegistryError({ kind: 'uploadSizeMismatch', expectedBytes: lengthOf(range), receivedBytes: announced })
  return { body: asked(request, wantBody), firstByte: range?.first, lengthBytes, holder: caller.holder }
}

/**
 * Sends `100 Continue`, where a client waits for it, when the first byte is asked for: not to a chunk that is refused.
 */
function asked(request: IncomingMessage, wantBody: () => void): AsyncIterable<Buffer> {
  return {
    [Symbol.asyncIterator]() {
      wantBody()
      return bodyOf(request)[Symbol.asyncIterator]()
    },
  }
}

function answerUpload(exchange: Exchange, status: 202 | 204, path: ImagePath, id: UploadId, sizeBytes: number): void {
  answer(exchange, status, {
    Location: `/v2/${formatImagePath(path)}/blobs/uploads/${id}`,
    Range: receivedRange(sizeBytes),
    'Docker-Upload-UUID': id,
  })
}

function answerStored(exchange: Exchange, path: ImagePath, digest: Digest): void {
  answer(exchange, 201, {
    Location: `/v2/${formatImagePath(path)}/blobs/${digest}`,
    'Docker-Content-Digest': digest,
  })
}

/** @throws RegistryError `digestUnsupported` */
function parseAlgorithm(text: string | undefined): DigestAlgorithm {
  if (text === undefined || text === 'sha256') return 'sha256'
  if (text === 'sha512') return 'sha512'
  throw new OciError({ kind: 'digestUnsupported', text })
}

/** @throws RegistryError `uploadUnknown` */
function parseUploadId({ path, uploadId }: TargetOf<'upload'>): UploadId {
  if (UPLOAD_ID.test(uploadId)) return uploadId as UploadId
  throw new RegistryError({ kind: 'uploadUnknown', uploadId, name: path.name, registryId: path.alias })
}
