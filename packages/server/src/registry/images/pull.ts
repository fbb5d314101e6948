import type { Digest } from '../../domain/digest.ts'
import type { ImagePath } from '../../domain/image-path.ts'
import { LruCache } from '../../domain/lru-cache.ts'
import type { Tag } from '../../domain/names.ts'
import { OciError, RegistryError } from '../../domain/problem.ts'
import type { BlobRow } from '../../ports/rows/blobs/blobs.ts'
import type { RepositoryId } from '../../ports/rows/common.ts'
import type { ManifestHead } from '../../ports/rows/images/images.ts'
import type { RegistryContext } from '../context.ts'
import type { PullNotes } from './pull-notes.ts'
import { TagLooks } from './tag-looks.ts'

/** The bytes of memory for manifests that were pulled lately. */
const CACHE_BYTES = 32 * 1024 * 1024

/**
 * How often a tag is asked for. Between two reads an image may be deleted whose tag has moved on: then the tag is asked
 * for again.
 */
const RESOLVE_TRIES = 3

export interface Pulled {
  readonly head: ManifestHead
  /** The manifest's bytes; empty where they were not wanted. */
  readonly bytes: Buffer
  readonly repositoryId: RepositoryId
}

export type ManifestReference = { readonly tag: Tag } | { readonly digest: Digest }

/** Whether the bytes of a manifest are to be read. */
type Wanted = 'read' | 'skip'

const NO_BYTES = Buffer.alloc(0)

/**
 * Reads for pulls. Where a tag or digest leads is always asked of the rows, so that a deletion shows at once. Bytes
 * come from a cache by digest, which cannot go stale.
 */
export class Pulls {
  readonly #context: RegistryContext
  readonly #pullNotes: PullNotes
  readonly #tagLooks: TagLooks
  readonly #cache = new LruCache<Digest, Buffer>(CACHE_BYTES, bytes => bytes.length)

  constructor(context: RegistryContext, pullNotes: PullNotes) {
    this.#context = context
    this.#pullNotes = pullNotes
    this.#tagLooks = new TagLooks(context.clock)
  }

  /**
   * Where a tag or digest leads. `prepare` is called before bytes are read: to have room for them, or to do without.
   * @throws ProblemError `repositoryNotFound`, `manifestUnknown`, and as `prepare`
   */
  async manifest(
    path: ImagePath,
    reference: ManifestReference,
    prepare: (head: ManifestHead) => Wanted | Promise<Wanted> = () => 'read',
  ): Promise<Pulled> {
    const { rows } = this.#context.metadata
    for (let tries = 0; tries < RESOLVE_TRIES; tries++) {
      const found = await rows.images.resolve(path.alias, path.name, reference)
      if (found === undefined) throw notFound(path)
      const { repositoryId, manifest: head } = found
      if (head === undefined) break
      const prepared = prepare(head)
      if ((typeof prepared === 'string' ? prepared : await prepared) === 'skip')
        return { head, bytes: NO_BYTES, repositoryId }
      const cached = this.#cache.get(head.digest)
      if (cached !== undefined) return { head, bytes: cached, repositoryId }
      const bytes = await rows.images.read(repositoryId, head.digest)
      if (bytes === undefined) continue
      this.#cache.set(head.digest, bytes)
      return { head, bytes, repositoryId }
    }
    throw new OciError({
      kind: 'manifestUnknown',
      reference: 'tag' in reference ? reference.tag : reference.digest,
    })
  }

  /**
   * Notes that an image was pulled. A pull is a request for its manifest, not a mere look at it. `client` is an access
   * key, or the address of who has none.
   */
  notePull({ repositoryId, head: { digest } }: Pulled, reference: ManifestReference, client: string): void {
    const tag = 'tag' in reference ? reference.tag : this.#tagLooks.find(client, repositoryId, digest)
    this.#pullNotes.noteTime(repositoryId, digest)
    this.#pullNotes.count(repositoryId, tag ?? digest)
  }

  /** Notes that a client looked at an image. The manifest that the client gets next by digest counts for the tag. */
  noteLook({ repositoryId, head: { digest } }: Pulled, reference: ManifestReference, client: string): void {
    if ('tag' in reference) this.#tagLooks.note(client, repositoryId, digest, reference.tag)
  }

  /** Notes that a client made sure of an image that it has. */
  noteUse({ repositoryId, head: { digest } }: Pulled): void {
    this.#pullNotes.noteTime(repositoryId, digest)
  }

  /** A blob that the repository may read. @throws ProblemError `repositoryNotFound`, `blobUnknown` */
  async blob(path: ImagePath, digest: Digest): Promise<{ repositoryId: RepositoryId; blob: BlobRow }> {
    const found = await this.#context.metadata.rows.blobs.resolve(path.alias, path.name, digest)
    if (found === undefined) throw notFound(path)
    const { repositoryId, blob } = found
    if (blob === undefined) throw new OciError({ kind: 'blobUnknown', digest })
    return { repositoryId, blob }
  }
}

function notFound({ alias, name }: ImagePath): RegistryError {
  return new RegistryError({ kind: 'repositoryNotFound', name, registryId: alias })
}
