import { expect } from 'vitest'
import { type Digest, digestOf } from '../../domain/digest.ts'
import { parseRepositoryName } from '../../domain/names.ts'
import type { StorageKey } from '../../ports/blob-store.ts'
import type { Rows } from '../../ports/metadata-store.ts'
import type { RepositoryId } from '../../ports/rows/common.ts'
import type { BinRow } from '../../ports/rows/images/bin.ts'
import { restoreImages } from '../../registry/bin/restore-images.ts'
import type { RegistryContext } from '../../registry/context.ts'
import { ACCOUNT, CALLER } from '../temporary-registry.ts'
import type { Binned } from './model.ts'
import {
  BLOBS,
  type Blob,
  digestOfBlob,
  IMAGES,
  type ImageName,
  imageOf,
  nameOf,
  REPOSITORIES,
  type RepositoryName,
  TAGS,
} from './universe.ts'

/** A repository as its readers see it. */
export interface SeenRepository {
  readonly images: readonly ImageName[]
  readonly pushedAt: Readonly<Partial<Record<ImageName, number>>>
  readonly tags: Readonly<Record<string, ImageName>>
  readonly bin: readonly Binned[]
  readonly readable: readonly Blob[]
}
export type Seen = Readonly<Partial<Record<RepositoryName, SeenRepository>>>

const ALL = { limit: 1000 }

/**
 * Looks at everything, and checks on the way what holds at any time: what is live is whole and hashes right, tags lead
 * to what is live, what is in the bin in time could be restored whole, and stored counts equal what is counted.
 */
export async function inspect(context: RegistryContext): Promise<Seen> {
  const seen: Partial<Record<RepositoryName, SeenRepository>> = {}
  const stored = new Map<Digest, StorageKey>()
  for (const name of REPOSITORIES) {
    const row = await context.metadata.rows.repositories.find(ACCOUNT, parseRepositoryName(name))
    if (row === undefined) continue
    const { id, imageCount, binCount, binBytes } = row
    const live = await look(context.metadata.rows, id, stored)
    const bin = await context.metadata.rows.bin.list(id, ALL)
    await rehearseRestores(context, id, bin, stored)
    const counted = [live.images.length, bin.length, bin.reduce((sum, each) => sum + each.imageSizeBytes, 0)]
    expect([imageCount, binCount, binBytes], 'kept counts').toEqual(counted)
    seen[name] = { ...live, bin: bin.map(toBinned) }
  }
  expect(await context.metadata.rows.accountUsage.differences(), 'what accounts are charged').toEqual([])
  for (const [digest, key] of stored) expect(await hashOf(context, key), 'the hash of stored bytes').toBe(digest)
  return seen
}

/** What is live and readable in a repository; live images are whole. Notes where the blobs are stored. */
async function look(
  rows: Rows,
  id: RepositoryId,
  stored: Map<Digest, StorageKey>,
): Promise<Omit<SeenRepository, 'bin'>> {
  const readable: Blob[] = []
  for (const blob of BLOBS) {
    const found = await rows.blobs.find(id, digestOfBlob(blob))
    if (found === undefined) continue
    readable.push(blob)
    stored.set(found.digest, found.storageKey)
  }
  const manifests = await rows.images.list(id, ALL)
  const images = manifests.map(row => nameOf(row.digest))
  const pushedAt = Object.fromEntries(manifests.map(row => [nameOf(row.digest), row.pushedAt]))
  for (const image of images) {
    const { digest, bytes, blobs, children } = imageOf(image)
    expect(await rows.images.read(id, digest), `the manifest of ${image}`).toEqual(bytes)
    expect(readable, `the blobs of ${image}`).toEqual(expect.arrayContaining([...blobs]))
    expect(images, `the children of ${image}`).toEqual(expect.arrayContaining([...children]))
  }
  const tags = Object.fromEntries((await rows.tags.list(id, ALL)).map(row => [row.tag, nameOf(row.digest)]))
  expect(images, 'tagged images').toEqual(expect.arrayContaining(Object.values(tags)))
  return { images, pushedAt, tags, readable }
}

class Undo extends Error {}

/** Restores all that is in the bin in time, indexes first, in a transaction that is taken back. */
async function rehearseRestores(
  context: RegistryContext,
  id: RepositoryId,
  bin: readonly BinRow[],
  stored: Map<Digest, StorageKey>,
): Promise<void> {
  const { metadata, clock } = context
  const restorable = new Set(bin.filter(row => row.purgeAfter > clock.now()).map(row => nameOf(row.digest)))
  if (restorable.size === 0) return
  const undone = metadata.transaction(async rows => {
    const transaction = <T>(work: (own: Rows) => Promise<T>) => work(rows)
    const inside = { ...context, metadata: { ...metadata, rows, transaction } }
    for (const image of IMAGES.toReversed().filter(each => restorable.has(each))) {
      const { restored } = await restoreImages(
        inside,
        CALLER,
        {
          id,
          accountId: ACCOUNT,
          name: 'restored',
          registryId: '',
          settings: { protectedTags: [], immutableTags: [] },
        },
        [{ digest: imageOf(image).digest }],
      )
      for (const { digest } of restored) restorable.delete(nameOf(digest))
    }
    expect([...restorable], 'images in the bin that cannot be restored').toEqual([])
    await look(rows, id, stored)
    throw new Undo()
  })
  await undone.catch((error: unknown) => {
    if (!(error instanceof Undo)) throw new Error(`restoring from the bin failed: ${error}`, { cause: error })
  })
}

const toBinned = ({ digest, tags, deletedAt, purgeAfter, pushedAt }: BinRow): Binned => ({
  image: nameOf(digest),
  tags: TAGS.filter(tag => tags.some(each => each === tag)),
  at: deletedAt,
  until: purgeAfter,
  pushedAt,
})

async function hashOf({ blobs }: RegistryContext, key: StorageKey): Promise<Digest> {
  const chunks: Buffer[] = []
  for await (const chunk of (await blobs.read(key)) ?? []) chunks.push(Buffer.from(chunk))
  return digestOf(Buffer.concat(chunks))
}
