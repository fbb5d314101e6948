import fc from 'fast-check'
import { type Digest, digestOf } from '../domain/digest.ts'
import { OCI_INDEX, OCI_MANIFEST } from '../domain/manifest/media-types.ts'
import { parseTag } from '../domain/names.ts'
import type { RepositoryRef } from '../registry/context.ts'
import { pushManifest } from '../registry/images/push-manifest.ts'
import { CALLER, type TemporaryRegistry } from './temporary-registry.ts'

/** An image of a scene: the numbers of its blobs, of what it lists and of its subject are of those before it. */
export interface SceneImage {
  readonly blobs: readonly number[]
  readonly children: readonly number[]
  readonly subject: number | undefined
  readonly tags: readonly string[]
  /** Stands in the other repository as well. */
  readonly isElsewhere: boolean
}

const TAGS = ['v1', 'v2', 'edge', 'keep', 'nightly']

/** Images that share blobs, list each other, and are attached to each other. No tag stands twice. */
export const anyScene = (most = 8): fc.Arbitrary<SceneImage[]> =>
  fc
    .array(
      fc.record({
        blobs: fc.array(fc.nat(4), { maxLength: 3 }),
        children: fc.array(fc.nat(most), { maxLength: 3 }),
        isIndex: fc.boolean(),
        subject: fc.option(fc.nat(most), { nil: undefined, freq: 3 }),
        tags: fc.uniqueArray(fc.constantFrom(...TAGS), { maxLength: 2 }),
        isElsewhere: fc.integer({ min: 0, max: 5 }).map(number => number === 0),
      }),
      { minLength: 1, maxLength: most },
    )
    .map(drawn => {
      const taken = new Set<string>()
      return drawn.map(({ isIndex, ...image }, index) => {
        const own = image.tags.filter(tag => !taken.has(tag))
        for (const tag of own) taken.add(tag)
        const children = isIndex ? [...new Set(image.children.filter(child => child < index))] : []
        const subject = image.subject !== undefined && image.subject < index ? image.subject : undefined
        return { ...image, tags: own, children, subject, blobs: children.length > 0 ? [] : image.blobs }
      })
    })

/** Pushes one image, with blobs whose bytes are `seeds`. */
export async function pushSceneImage(
  registry: TemporaryRegistry,
  repository: RepositoryRef,
  image: {
    readonly name: string
    readonly seeds?: readonly string[]
    readonly children?: readonly Digest[]
    readonly subject?: Digest | undefined
    readonly tags?: readonly string[]
  },
): Promise<Digest> {
  const { name, seeds = [], children = [], subject, tags = [] } = image
  const of = (mediaType: string, digest: string, size: number) => ({ mediaType, digest, size })
  const config = `{"name":${JSON.stringify(name)}}`
  const blobs = children.length > 0 ? [] : [config, ...seeds]
  for (const each of blobs) await registry.addBlob(Buffer.from(each), repository)
  const document = {
    schemaVersion: 2,
    ...(children.length > 0
      ? { mediaType: OCI_INDEX, manifests: children.map(digest => of(OCI_MANIFEST, digest, 1)) }
      : {
          mediaType: OCI_MANIFEST,
          config: of('application/vnd.oci.image.config.v1+json', digestOf(config), config.length),
          layers: seeds.map(seed => of('application/vnd.oci.image.layer.v1.tar', digestOf(seed), seed.length)),
        }),
    annotations: { name },
    ...(subject !== undefined && { subject: of(OCI_MANIFEST, subject, 1) }),
  }
  const pushed = await pushManifest(registry.context, CALLER, {
    repository,
    bytes: Buffer.from(JSON.stringify(document)),
    contentType: undefined,
    tags: tags.map(parseTag),
  })
  return pushed.digest
}

/** Pushes a scene into a repository, and part of it into the other one. Returns the digests by number. */
export async function pushScene(
  registry: TemporaryRegistry,
  { repository, other }: { readonly repository: RepositoryRef; readonly other: RepositoryRef },
  { scene, prefix }: { readonly scene: readonly SceneImage[]; readonly prefix: string },
): Promise<Digest[]> {
  const digests: Digest[] = []
  const at = (number: number): Digest => {
    const digest = digests[number]
    if (digest === undefined) throw new Error(`image ${number} comes later`)
    return digest
  }
  for (const [number, { blobs, children, subject, tags, isElsewhere }] of scene.entries()) {
    const image = {
      name: `${prefix} ${number}`,
      // Each blob has a size of its own, so that sums tell which were counted.
      seeds: blobs.map(each => `${prefix} ${each} ${'x'.repeat(2 ** each)}`),
      children: children.map(at),
      subject: subject === undefined ? undefined : at(subject),
      tags,
    }
    digests.push(await pushSceneImage(registry, repository, image))
    if (isElsewhere && children.length === 0) await pushSceneImage(registry, other, image)
  }
  return digests
}
