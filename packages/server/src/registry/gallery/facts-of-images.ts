import { type Digest, isDigest } from '../../domain/digest.ts'
import { LruCache } from '../../domain/lru-cache.ts'
import type { MemoryShare } from '../../ports/memory.ts'
import type { RepositoryId } from '../../ports/rows/common.ts'
import type { ManifestRow } from '../../ports/rows/images/images.ts'
import { ownTurn } from '../../runtime/own-turn.ts'
import type { RegistryContext } from '../context.ts'
import { CONFIG_LIMIT_BYTES, IMAGE_CONFIGS, LINE_LIMIT_BYTES, readWhole } from './config-blobs.ts'
import { type ConfigFacts, readConfigFacts } from './config-facts.ts'
import { type DescriptorFacts, type ManifestFacts, platformsOf, readManifestFacts } from './image-facts.ts'

/** How many times its bytes a document takes, with all that is made of it. */
const TIMES = 4
/** The bytes that are kept of each kind. */
const CACHE_BYTES = 8 * 1024 * 1024
const LINES = 20_000

/** A configuration, or why there is none to show. */
export type ConfigOutcome = ConfigFacts | 'otherType' | 'tooLarge' | 'absent' | 'unreadable'

type ManifestOf = Pick<ManifestRow, 'repositoryId' | 'digest' | 'mediaType' | 'sizeBytes'>

/**
 * Reads what pages show of images out of their documents. A document is read once while pages ask for it: what a
 * digest names never changes. The caller has found the manifest in its repository.
 */
export class FactsOfImages {
  readonly #context: RegistryContext
  readonly #manifests = cacheOf<ManifestFacts>()
  readonly #configs = cacheOf<ConfigFacts>()
  readonly #platforms = new LruCache<Digest, readonly string[]>(LINES)

  constructor(context: RegistryContext) {
    this.#context = context
  }

  /**
   * What a page shows of a manifest; undefined where it was deleted meanwhile. @throws RegistryError `unavailable`
   * where memory is short
   */
  async manifest(row: ManifestOf, share: MemoryShare): Promise<ManifestFacts | undefined> {
    const known = this.#manifests.get(row.digest)
    if (known !== undefined) return known.facts
    share.hold(share.sizeBytes + TIMES * row.sizeBytes)
    const bytes = await this.#context.metadata.rows.images.read(row.repositoryId, row.digest)
    if (bytes === undefined) return undefined
    if (bytes.length > LINE_LIMIT_BYTES) await ownTurn()
    return keep(this.#manifests, row.digest, readManifestFacts(bytes, row.mediaType))
  }

  /**
   * What a page shows of a configuration: as it was noted after the push. Only where that has not been done yet, the
   * configuration itself is read. @throws RegistryError `unavailable` where memory is short
   */
  async config(
    repositoryId: RepositoryId,
    { mediaType, digest, sizeBytes }: DescriptorFacts,
    share: MemoryShare,
  ): Promise<ConfigOutcome> {
    if (!IMAGE_CONFIGS.has(mediaType)) return 'otherType'
    if (!isDigest(digest)) return 'absent'
    const known = this.#configs.get(digest)
    if (known !== undefined) return known.facts
    // The size is the manifest's word: what is really there is asked next.
    if (sizeBytes > CONFIG_LIMIT_BYTES) return 'tooLarge'
    const { metadata, blobs } = this.#context
    const blob = await metadata.rows.blobs.find(repositoryId, digest)
    if (blob === undefined) return 'absent'
    const noted = await metadata.rows.imageConfigs.find(digest)
    if (noted !== undefined) return keep(this.#configs, digest, noted as ConfigFacts)
    if (blob.sizeBytes > CONFIG_LIMIT_BYTES) return 'tooLarge'
    share.hold(share.sizeBytes + TIMES * blob.sizeBytes)
    const bytes = await readWhole(blobs, blob.storageKey)
    if (bytes === undefined) return 'absent'
    if (bytes.length > LINE_LIMIT_BYTES) await ownTurn()
    const facts = readConfigFacts(bytes)
    return facts === undefined ? 'unreadable' : keep(this.#configs, digest, facts)
  }

  /** The platforms of an index, for a line in a list; none where its document is too long for that. */
  async platformsOfIndex(row: ManifestOf, share: MemoryShare): Promise<readonly string[]> {
    const known = this.#platforms.get(row.digest)
    if (known !== undefined) return known
    if (row.sizeBytes > LINE_LIMIT_BYTES) return []
    const manifest = await this.manifest(row, share)
    if (manifest === undefined) return []
    const said = platformsOf(manifest)
    // Some tools leave the platforms to the images' own configurations.
    const children = manifest.children.items.flatMap(({ digest }) => (isDigest(digest) ? [digest] : []))
    const platforms =
      said.length > 0
        ? said
        : [...new Set((await this.#context.metadata.rows.imageConfigs.platforms(row.repositoryId, children)).values())]
    if (platforms.length > 0) this.#platforms.set(row.digest, platforms)
    return platforms
  }
}

interface Kept<Facts> {
  readonly facts: Facts
  readonly sizeBytes: number
}

const cacheOf = <Facts>() => new LruCache<Digest, Kept<Facts>>(CACHE_BYTES, ({ sizeBytes }) => sizeBytes)

function keep<Facts>(cache: LruCache<Digest, Kept<Facts>>, digest: Digest, facts: Facts): Facts {
  cache.set(digest, { facts, sizeBytes: 2 * JSON.stringify(facts).length })
  return facts
}
