import { type Digest, digestOf } from '../../domain/digest.ts'
import { OCI_INDEX, OCI_MANIFEST } from '../../domain/manifest/media-types.ts'

/** Everything that is ever pushed. The contents are few, so that the same ones meet again and again. */
export const BLOBS = ['config', 'layer', 'base'] as const
/** The tags, in byte order. */
export const TAGS = ['latest', 'v1', 'v2'] as const
export const REPOSITORIES = ['one', 'two'] as const
export type Blob = (typeof BLOBS)[number]
export type TagName = (typeof TAGS)[number]
export type RepositoryName = (typeof REPOSITORIES)[number]

export interface Image {
  readonly digest: Digest
  readonly bytes: Buffer
  readonly blobs: readonly Blob[]
  /** The index's children, in the order of their digests. */
  readonly children: readonly ImageName[]
}

const SHAPES = {
  small: { blobs: ['config'] },
  large: { blobs: ['layer', 'base'] },
  other: { blobs: ['base'] },
  index: { children: ['small', 'large'] },
  twin: { children: ['small', 'other'] },
  nested: { children: ['index', 'other'] },
} as const satisfies Record<string, { blobs: readonly Blob[] } | { children: readonly string[] }>
export type ImageName = keyof typeof SHAPES
export const IMAGES = Object.keys(SHAPES) as ImageName[]

const images = new Map<ImageName, Image>()

/** Children before the indexes that list them, as `SHAPES` has them. */
for (const name of IMAGES) {
  const { blobs = [], children = [] }: { blobs?: readonly Blob[]; children?: readonly ImageName[] } = SHAPES[name]
  const inOrder = [...children].sort((a, b) => (imageOf(a).digest < imageOf(b).digest ? -1 : 1))
  const manifests = inOrder.map(child => {
    const { digest, bytes, blobs: own } = imageOf(child)
    return { mediaType: own.length > 0 ? OCI_MANIFEST : OCI_INDEX, digest, size: bytes.length }
  })
  const [config, ...layers] = blobs.map(blob => ({
    mediaType: 'application/octet-stream',
    digest: digestOfBlob(blob),
    size: bytesOf(blob).length,
  }))
  const document =
    config === undefined ? { mediaType: OCI_INDEX, manifests } : { mediaType: OCI_MANIFEST, config, layers }
  const bytes = Buffer.from(JSON.stringify({ schemaVersion: 2, ...document }))
  images.set(name, { digest: digestOf(bytes), bytes, blobs, children: inOrder })
}

export function imageOf(name: ImageName): Image {
  const image = images.get(name)
  if (image === undefined) throw new Error(`there is no image ${name}`)
  return image
}

export function bytesOf(blob: Blob): Buffer {
  return Buffer.from(`the bytes of ${blob}`)
}

export function digestOfBlob(blob: Blob): Digest {
  return digestOf(bytesOf(blob))
}

export function nameOf(digest: string): ImageName {
  const name = IMAGES.find(each => imageOf(each).digest === digest)
  if (name === undefined) throw new Error(`there is no image ${digest}`)
  return name
}
