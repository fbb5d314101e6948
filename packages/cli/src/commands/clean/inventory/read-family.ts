import { inParallel } from '@berth/lifecycle'
import type { Family, Image } from './image.ts'
import { type ManifestReader, UnreadableManifest } from './read-manifest.ts'

interface Reading {
  readonly read: ManifestReader
  readonly repositoryUri: string
  readonly concurrency: number
  /**
   * Whether to read the manifest of an image that looks like any other. It is read where the image might be taken or
   * counted.
   */
  readonly isInQuestion: (image: Image) => boolean
  readonly onProgress: (done: number, total: number) => void
}

/**
 * Reads the manifests that may name other images, and those in question. Returns what they say of images of the
 * repository.
 */
export async function readFamily(images: readonly Image[], reading: Reading): Promise<Family> {
  const { read, repositoryUri, concurrency, isInQuestion, onProgress } = reading
  // Names in manifests are replaced by the digests of the listing: otherwise each would be one more copy in memory.
  const own = new Map(images.map(({ digest }) => [digest, digest]))
  const listedBy = new Map<string, string[]>()
  const attachedTo = new Map<string, string>()
  const orphans = new Set<string>()
  const unreadable = new Map<string, string>()
  const unread = new Map<string, string>()
  const referring = images.filter(image => image.mayRefer || (image.mayBeAttached && isInQuestion(image)))
  let done = 0

  await inParallel(referring, concurrency, async ({ digest, tags, listsNone }) => {
    try {
      const { children, subject } = await read(repositoryUri, digest)
      for (const child of new Set(children)) {
        const known = own.get(child)
        if (known === undefined) continue
        const indexes = listedBy.get(known)
        if (indexes) indexes.push(digest)
        else listedBy.set(known, [digest])
      }
      const known = subject === undefined ? undefined : own.get(subject)
      if (known !== undefined) attachedTo.set(digest, known)
      else if (subject !== undefined && tags.length === 0) orphans.add(digest)
    } catch (error) {
      if (!(error instanceof UnreadableManifest)) throw error
      if (listsNone) unread.set(digest, error.message)
      else unreadable.set(digest, error.message)
    }
    done++
    onProgress(done, referring.length)
  })
  // The order must not depend on which answer came first.
  for (const indexes of listedBy.values()) indexes.sort()
  return { listedBy, attachedTo, orphans, unreadable, unread }
}
