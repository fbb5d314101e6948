import { expect } from 'vitest'
import { type Content, contentOf, digestOf, type Image, mediaTypes, randomBlob, randomImage } from '../oci/content.ts'
import type { Repository } from '../oci/repository.ts'

export const CRASH_REPOSITORY = 'faults/crash'

/** What one client did, as far as it was told. `unsure` is what it had asked for when the server died. */
export interface Ledger {
  readonly live: Map<string, Image>
  readonly gone: Set<string>
  /** The digest where the client's own tag points. */
  tagged: string | undefined
  unsure:
    | { readonly kind: 'push' | 'tag'; readonly image: Image }
    | { readonly kind: 'delete'; readonly digests: readonly string[] }
    | undefined
}

export const newLedger = (): Ledger => ({ live: new Map(), gone: new Set(), tagged: undefined, unsure: undefined })

/** Pushes, re-tags and deletes until the server is gone, or the signal comes. */
export async function work(
  repository: Repository,
  ledger: Ledger,
  name: string,
  random: () => number,
  signal?: AbortSignal,
): Promise<void> {
  const { registry } = repository.client
  for (let count = 0; signal?.aborted !== true; count += 1) {
    const image = makeImage(`${name}/${count}`, random)
    ledger.unsure = { kind: 'push', image }
    for (const blob of image.blobs) await pushBlob(repository, blob, random)
    await expectStatus(repository.putManifest(image.manifest), 201)
    ledger.live.set(image.manifest.digest, image)

    ledger.unsure = { kind: 'tag', image }
    await expectStatus(repository.putManifest(image.manifest, name.split('/')[0]), 201)
    ledger.tagged = image.manifest.digest

    ledger.unsure = undefined
    if (random() < 0.5 || ledger.live.size < 4) continue
    const digests = [...ledger.live.keys()].filter(() => random() < 0.6)
    if (digests.length === 0) continue
    ledger.unsure = { kind: 'delete', digests }
    const imageIds = digests.map(imageDigest => ({ imageDigest }))
    const { failures } = await registry.control('BatchDeleteImage', { repositoryName: CRASH_REPOSITORY, imageIds })
    expect(failures).toEqual([])
    settleDelete(ledger, digests)
    ledger.unsure = undefined
  }
}

function settleDelete(ledger: Ledger, digests: readonly string[]): void {
  for (const digest of digests) {
    ledger.live.delete(digest)
    ledger.gone.add(digest)
  }
  if (ledger.tagged !== undefined && digests.includes(ledger.tagged)) ledger.tagged = undefined
}

/** One layer is every client's own, one is shared by all, so that the same digest is pushed at once. */
function makeImage(seed: string, random: () => number): Image {
  const shared = randomBlob(`shared ${Math.floor(random() * 20)}`, 50_000)
  const own = randomBlob(seed, Math.floor(random() * 400_000))
  const { blobs } = randomImage(seed)
  const layers = [shared, own].map(({ digest, bytes }) => ({ mediaType: mediaTypes.layer, digest, size: bytes.length }))
  const [config = own] = blobs
  const manifest = {
    schemaVersion: 2,
    mediaType: mediaTypes.image,
    config: { mediaType: mediaTypes.config, digest: config.digest, size: config.bytes.length },
    layers,
  }
  return { manifest: contentOf(mediaTypes.image, JSON.stringify(manifest)), blobs: [config, shared, own] }
}

async function pushBlob(repository: Repository, blob: Content, random: () => number): Promise<void> {
  if (random() < 0.4) {
    const options = { query: [['digest', blob.digest]] as const, body: blob.bytes }
    return expectStatus(repository.send('POST', 'blobs/uploads/', options), 201)
  }
  const location = await repository.startUpload()
  const middle = Math.floor(blob.bytes.length / 2)
  await expectStatus(repository.patch(location, blob.bytes.subarray(0, middle)), 202)
  await expectStatus(repository.finishUpload(location, blob.digest, blob.bytes.subarray(middle)), 201)
}

async function expectStatus(answer: Promise<{ status: number }>, status: number): Promise<void> {
  expect((await answer).status).toBe(status)
}

/** True when the image is there, and every byte of it is; false when it is not there at all. */
async function isWhole(repository: Repository, { manifest, blobs }: Image): Promise<boolean> {
  const answer = await repository.manifest('GET', manifest.digest)
  if (answer.status === 404) return false
  expect(digestOf(answer.body)).toBe(manifest.digest)
  for (const { digest } of blobs) {
    const blob = await repository.blob('GET', digest)
    expect([blob.status, digestOf(blob.body)]).toEqual([200, digest])
  }
  return true
}

/**
 * Expects that what was acknowledged holds, and that what was not is done or not done. The ledger is certain
 * afterwards.
 */
export async function check(repository: Repository, ledger: Ledger, name: string): Promise<void> {
  const { unsure } = ledger
  const digest = (await repository.manifest('HEAD', name)).headers['docker-content-digest']
  if (unsure?.kind === 'delete') {
    const found = await Promise.all(unsure.digests.map(each => repository.manifest('HEAD', each)))
    const statuses = new Set(found.map(({ status }) => status))
    expect(statuses.size, `a batch delete was done in part: ${found.map(({ status }) => status)}`).toBe(1)
    if (statuses.has(404)) settleDelete(ledger, unsure.digests)
  } else if (unsure?.kind === 'push') {
    if (await isWhole(repository, unsure.image)) ledger.live.set(unsure.image.manifest.digest, unsure.image)
  } else if (unsure?.kind === 'tag' && digest === unsure.image.manifest.digest) {
    ledger.tagged = digest
  }
  ledger.unsure = undefined
  expect(digest).toBe(ledger.tagged)
  for (const image of ledger.live.values()) expect(await isWhole(repository, image)).toBe(true)
  for (const each of [...ledger.gone].slice(-50)) expect((await repository.manifest('HEAD', each)).status).toBe(404)
}
