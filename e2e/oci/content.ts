import { createCipheriv, createHash } from 'node:crypto'

export type Algorithm = 'sha256' | 'sha512'

/** Bytes with the name and type a registry knows them by. */
export interface Content {
  readonly mediaType: string
  readonly digest: string
  readonly bytes: Buffer
}

/** A descriptor with the members that these tests look at (OCI image specification, "Content Descriptors"). */
export interface Descriptor {
  readonly mediaType: string
  readonly digest: string
  readonly size: number
  readonly artifactType?: string
  readonly annotations?: Readonly<Record<string, string>>
  readonly urls?: readonly string[]
}

export const mediaTypes = {
  blob: 'application/octet-stream',
  config: 'application/vnd.oci.image.config.v1+json',
  empty: 'application/vnd.oci.empty.v1+json',
  foreignLayer: 'application/vnd.oci.image.layer.nondistributable.v1.tar+gzip',
  image: 'application/vnd.oci.image.manifest.v1+json',
  index: 'application/vnd.oci.image.index.v1+json',
  layer: 'application/vnd.oci.image.layer.v1.tar',
} as const

export function digestOf(bytes: Uint8Array, algorithm: Algorithm = 'sha256'): string {
  return `${algorithm}:${createHash(algorithm).update(bytes).digest('hex')}`
}

export function contentOf(mediaType: string, bytes: Uint8Array | string, algorithm: Algorithm = 'sha256'): Content {
  const buffer = Buffer.from(bytes)
  return { mediaType, bytes: buffer, digest: digestOf(buffer, algorithm) }
}

export function descriptorOf({ mediaType, digest, bytes }: Content): Descriptor {
  return { mediaType, digest, size: bytes.length }
}

/** Bytes that look random, made of a key stream. The same seed makes the same bytes. */
export function randomBytes(seed: string, sizeBytes: number): Buffer {
  const key = createHash('sha256').update(seed).digest()
  return createCipheriv('aes-256-ctr', key, Buffer.alloc(16)).update(Buffer.alloc(sizeBytes))
}

export function randomBlob(seed: string, sizeBytes = 512, algorithm: Algorithm = 'sha256'): Content {
  return contentOf(mediaTypes.blob, randomBytes(seed, sizeBytes), algorithm)
}

/** The digest of bytes that no test ever pushes. */
export function unknownDigest(seed: string, algorithm: Algorithm = 'sha256'): string {
  return digestOf(randomBytes(`never pushed: ${seed}`, 32), algorithm)
}

export interface ManifestOptions {
  readonly algorithm?: Algorithm
  readonly annotations?: Readonly<Record<string, string>>
  readonly artifactType?: string
  readonly subject?: Descriptor
  /** Members of the manifest that no specification defines, or that replace the generated ones. */
  readonly extra?: Readonly<Record<string, unknown>>
}

export interface ImageOptions extends ManifestOptions {
  /** How many layers; 1 where this is absent. */
  readonly layers?: number
  readonly configMediaType?: string
}

export interface Image {
  readonly manifest: Content
  /** The config, and the layers behind it. */
  readonly blobs: readonly Content[]
}

/** A small image (or artifact) whose every byte follows from the seed. */
export function randomImage(seed: string, options: ImageOptions = {}): Image {
  const { algorithm = 'sha256', layers: layerCount = 1, configMediaType = mediaTypes.config } = options
  const layers = Array.from({ length: layerCount }, (_, at) =>
    contentOf(mediaTypes.layer, randomBytes(`${seed}/layer ${at}`, 256), algorithm),
  )
  const config = contentOf(
    configMediaType,
    JSON.stringify({
      architecture: 'amd64',
      os: 'linux',
      author: seed,
      rootfs: { type: 'layers', diff_ids: layers.map(layer => digestOf(layer.bytes)) },
    }),
    algorithm,
  )
  const manifest = encode(mediaTypes.image, options, {
    config: descriptorOf(config),
    layers: layers.map(descriptorOf),
  })
  return { manifest, blobs: [config, ...layers] }
}

/** An image whose manifest has exactly that many bytes. An annotation fills it up. */
export function imageOfSize(seed: string, manifestBytes: number): Image {
  const empty = randomImage(seed, { annotations: { padding: '' } }).manifest.bytes.length
  return randomImage(seed, { annotations: { padding: 'x'.repeat(manifestBytes - empty) } })
}

/** An index over manifests. Platforms only tell the entries apart. */
export function indexOf(children: readonly Content[], options: ManifestOptions = {}): Content {
  return encode(mediaTypes.index, options, {
    manifests: children.map((child, at) => ({
      ...descriptorOf(child),
      platform: { os: 'linux', architecture: `test${at}` },
    })),
  })
}

function encode(mediaType: string, options: ManifestOptions, members: Record<string, unknown>): Content {
  const { algorithm, annotations, artifactType, extra, subject } = options
  // Indented on purpose: a registry that parses and writes manifests anew would lose these bytes.
  const text = JSON.stringify(
    { schemaVersion: 2, mediaType, artifactType, ...members, subject, annotations, ...extra },
    undefined,
    3,
  )
  return contentOf(mediaType, text, algorithm)
}
