import { type Digest, isDigest } from '../../domain/digest.ts'
import { isOutage } from '../../domain/problem.ts'
import type { RepositoryId } from '../../ports/rows/common.ts'
import type { Described, Undescribed } from '../../ports/rows/gallery/image-configs.ts'
import { ownTurn } from '../../runtime/own-turn.ts'
import type { RegistryContext } from '../context.ts'
import { Pace } from '../pace.ts'
import { CONFIG_LIMIT_BYTES, IMAGE_CONFIGS, LINE_LIMIT_BYTES, readWhole } from './config-blobs.ts'
import { type ConfigFacts, readConfigFacts } from './config-facts.ts'
import { type ManifestFacts, type Platform, platformName, readManifestFacts } from './image-facts.ts'

/** The manifests of one transaction. */
const BATCH = 50
/** The most characters of a platform's name. */
const PLATFORM_LIMIT = 100
/** How many of the indexes that list an image are asked for its platform. */
const INDEXES = 3

/**
 * Looks up the platforms of all images that lack theirs, and notes what pages show of their configurations. Each
 * document and configuration is read by itself, so that little memory is held.
 * @throws RegistryError `unavailable` where a store is away; what was looked up before is noted
 */
export async function describeImages(context: RegistryContext, signal?: AbortSignal): Promise<void> {
  const { metadata } = context
  const pace = new Pace(metadata, { most: BATCH })
  while (signal?.aborted !== true) {
    const left = await pace.work(async size => {
      const lacking = await metadata.rows.imageConfigs.lacking(size)
      const found: Described[] = []
      for (const row of lacking) {
        if (signal?.aborted) break
        found.push(await describe(context, row))
      }
      if (found.length > 0) await metadata.transaction(rows => rows.imageConfigs.note(found))
      return lacking.length === size
    })
    if (!left) return
    await pace.rest(signal)
  }
}

async function describe(context: RegistryContext, row: Undescribed): Promise<Described> {
  const { repositoryId, digest } = row
  try {
    const manifest = await readFacts(context, row)
    if (manifest?.kind === 'index')
      return { repositoryId, digest, platform: '', children: await withoutOwn(context, repositoryId, manifest) }
    const config = manifest && (await findConfig(context, repositoryId, manifest))
    const platform = config?.facts.platform ?? (await saidByIndexes(context, row))
    return { repositoryId, digest, platform: nameOf(platform), config }
  } catch (error) {
    if (isOutage(error)) throw error
    // A manifest that cannot be read has no platform: it must not keep the others from having theirs.
    return { repositoryId, digest, platform: '' }
  }
}

function nameOf(platform: Platform | undefined): string {
  if (platform === undefined) return ''
  const name = platformName(platform)
  // BuildKit gives its attestations a platform that is none.
  return name.startsWith('unknown/') || name.length > PLATFORM_LIMIT ? '' : name
}

async function readFacts(
  { metadata }: RegistryContext,
  { repositoryId, digest, mediaType }: Pick<Undescribed, 'repositoryId' | 'digest' | 'mediaType'>,
): Promise<ManifestFacts | undefined> {
  const document = await metadata.rows.images.read(repositoryId, digest)
  if (document === undefined) return undefined
  if (document.length > LINE_LIMIT_BYTES) await ownTurn()
  return readManifestFacts(document, mediaType)
}

/** What an index says of those children that no platform is known of. */
async function withoutOwn(
  { metadata }: RegistryContext,
  repositoryId: RepositoryId,
  { children }: ManifestFacts,
): Promise<Described['children']> {
  const said = children.items.flatMap(({ digest, platform }) => {
    const name = nameOf(platform)
    return name !== '' && isDigest(digest) ? [{ digest, platform: name }] : []
  })
  const digests = said.map(({ digest }) => digest)
  const known = await metadata.rows.imageConfigs.platforms(repositoryId, digests)
  return said.filter(({ digest }) => !known.has(digest))
}

/** What the indexes that list an image say of it, for one that says nothing itself. */
async function saidByIndexes(
  context: RegistryContext,
  { repositoryId, digest }: Undescribed,
): Promise<Platform | undefined> {
  const { references, images } = context.metadata.rows
  const pairs = await references.parents(repositoryId, [digest], INDEXES)
  const digests = pairs.slice(0, INDEXES).map(({ parent }) => parent)
  for (const row of await images.find(repositoryId, digests)) {
    const facts = await readFacts(context, row)
    const platform = facts?.children.items.find(child => child.digest === digest)?.platform
    if (platform !== undefined) return platform
  }
  return undefined
}

async function findConfig(
  { metadata: { rows }, blobs }: RegistryContext,
  repositoryId: RepositoryId,
  { kind, config }: ManifestFacts,
): Promise<{ digest: Digest; facts: ConfigFacts } | undefined> {
  if (kind !== 'image' || config === undefined || !IMAGE_CONFIGS.has(config.mediaType)) return undefined
  if (!isDigest(config.digest)) return undefined
  const blob = await rows.blobs.find(repositoryId, config.digest)
  if (blob === undefined) return undefined
  const known = await rows.imageConfigs.find(config.digest)
  if (known !== undefined) return { digest: config.digest, facts: known as ConfigFacts }
  if (blob.sizeBytes > CONFIG_LIMIT_BYTES) return undefined
  const bytes = await readWhole(blobs, blob.storageKey)
  if (bytes === undefined) return undefined
  if (bytes.length > LINE_LIMIT_BYTES) await ownTurn()
  const facts = readConfigFacts(bytes)
  return facts && { digest: config.digest, facts }
}
