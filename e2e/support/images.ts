import { createHash } from 'node:crypto'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'

/** A content descriptor, as OCI manifests list them. */
export interface Descriptor {
  readonly mediaType: string
  readonly digest: string
  readonly size: number
  readonly platform?: { readonly os: string; readonly architecture: string }
  readonly annotations?: Readonly<Record<string, string>>
}

/** An image that no registry has seen: manifest, config and layers by digest. The same seed makes the same image. */
export interface Image {
  readonly manifest: Descriptor
  readonly config: Descriptor
  readonly layers: readonly Descriptor[]
  readonly blobs: ReadonlyMap<string, Buffer>
}

const MANIFEST = 'application/vnd.oci.image.manifest.v1+json'
const INDEX = 'application/vnd.oci.image.index.v1+json'

export const sha256 = (bytes: Uint8Array | string): string =>
  `sha256:${createHash('sha256').update(bytes).digest('hex')}`

/** An image of two layers with one file each, for linux and the given architecture. */
export function makeImage(seed: string, architecture = 'amd64'): Image {
  const blobs = new Map<string, Buffer>()
  const add = (mediaType: string, bytes: Buffer): Descriptor => {
    const digest = sha256(bytes)
    blobs.set(digest, bytes)
    return { mediaType, digest, size: bytes.length }
  }
  const archives = ['base', 'top'].map(name =>
    tar({ [`${name}.txt`]: Buffer.from(`${name} of ${seed} ${architecture}\n`) }),
  )
  const layers = archives.map(archive => add('application/vnd.oci.image.layer.v1.tar+gzip', gzipSync(archive)))
  const config = add(
    'application/vnd.oci.image.config.v1+json',
    json({
      ...{ os: 'linux', architecture, config: {}, rootfs: { type: 'layers', diff_ids: archives.map(sha256) } },
      history: archives.map(() => ({ created_by: 'a test' })),
    }),
  )
  const manifest = add(MANIFEST, json({ schemaVersion: 2, mediaType: MANIFEST, config, layers }))
  return { manifest, config, layers, blobs }
}

/** An index over one image for each architecture. */
export function makeIndex(
  seed: string,
  architectures: readonly string[],
): { index: Descriptor; images: Image[]; blobs: Map<string, Buffer> } {
  const images = architectures.map(architecture => makeImage(seed, architecture))
  const manifests = images.map(({ manifest }, position) => ({
    ...manifest,
    platform: { os: 'linux', architecture: architectures[position] },
  }))
  const bytes = json({ schemaVersion: 2, mediaType: INDEX, manifests })
  const index = { mediaType: INDEX, digest: sha256(bytes), size: bytes.length }
  const blobs = new Map([[index.digest, bytes], ...images.flatMap(image => [...image.blobs])])
  return { index, images, blobs }
}

/** Writes an OCI image layout whose one entry is `top`, named `tag`. skopeo reads it as `oci:FOLDER:TAG`. */
export async function writeLayout(
  folder: string,
  tag: string,
  top: Descriptor,
  blobs: ReadonlyMap<string, Buffer>,
): Promise<void> {
  await mkdir(join(folder, 'blobs/sha256'), { recursive: true })
  for (const [digest, bytes] of blobs) await writeFile(join(folder, 'blobs', digest.replace(':', '/')), bytes)
  const entry = { ...top, annotations: { 'org.opencontainers.image.ref.name': tag } }
  await writeFile(join(folder, 'index.json'), json({ schemaVersion: 2, manifests: [entry] }))
  await writeFile(join(folder, 'oci-layout'), json({ imageLayoutVersion: '1.0.0' }))
}

/** A tar archive (ustar) of executable files. */
export function tar(files: Readonly<Record<string, Buffer>>): Buffer {
  const parts: Buffer[] = []
  for (const [name, bytes] of Object.entries(files)) {
    const header = Buffer.alloc(512)
    const octal = (value: number, digits: number) => value.toString(8).padStart(digits, '0')
    header.write(name, 0)
    header.write(octal(0o755, 7), 100)
    header.write(octal(0, 7), 108)
    header.write(octal(0, 7), 116)
    header.write(octal(bytes.length, 11), 124)
    header.write(octal(0, 11), 136)
    header.write(' '.repeat(8), 148) // the checksum counts itself as blanks
    header.write('ustar\u000000', 257)
    header.write('0', 156)
    const sum = header.reduce((total, byte) => total + byte, 0)
    header.write(`${octal(sum, 6)}\0 `, 148)
    parts.push(header, bytes, Buffer.alloc((512 - (bytes.length % 512)) % 512))
  }
  return Buffer.concat([...parts, Buffer.alloc(1024)])
}

const json = (value: unknown) => Buffer.from(JSON.stringify(value))
