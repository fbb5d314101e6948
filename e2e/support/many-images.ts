import { type Descriptor, sha256 } from './images.ts'
import type { Registry } from './registry.ts'

const MANIFEST = 'application/vnd.oci.image.manifest.v1+json'
const INDEX = 'application/vnd.oci.image.index.v1+json'
const CONFIG = 'application/vnd.oci.image.config.v1+json'
const LAYER = 'application/vnd.oci.image.layer.v1.tar'
const ARCHITECTURES = ['amd64', 'arm64', 'riscv64', 's390x']
const AT_ONCE = 8

/** Pushes manifests over the OCI endpoints; all images of a pusher share one configuration and one layer. */
export interface Pusher {
  /** Pushes an image of its own for each seed, untagged unless a tag is given. */
  readonly image: (seed: string, tag?: string, more?: object) => Promise<Descriptor>
  readonly index: (manifests: readonly Descriptor[], tag?: string) => Promise<Descriptor>
  /** Pushes an index over `children` untagged images. The index is untagged unless a tag is given. */
  readonly multiArch: (
    seed: string,
    children: number,
    tag?: string,
  ) => Promise<{ index: Descriptor; children: Descriptor[] }>
  /** Pushes `{}`, the configuration of artifacts that have none. */
  readonly emptyBlob: () => Promise<Descriptor>
  /** Works through seeds, several at the same time. */
  readonly all: (count: number, push: (number: number) => Promise<unknown>) => Promise<void>
}

export async function openPusher(registry: Registry, repositoryName: string): Promise<Pusher> {
  const authorization = `Basic ${Buffer.from(`AWS:${await registry.password()}`).toString('base64')}`
  const base = `${registry.url}/v2/${registry.alias}/${repositoryName}`

  async function send(path: string, method: 'POST' | 'PUT', type: string, body: string): Promise<void> {
    const response = await fetch(`${base}/${path}`, {
      ...{ method, body },
      headers: { authorization, 'content-type': type },
    })
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${await response.text()}`)
    await response.arrayBuffer()
  }
  async function blob(mediaType: string, text: string): Promise<Descriptor> {
    const digest = sha256(text)
    await send(`blobs/uploads/?digest=${digest}`, 'POST', 'application/octet-stream', text)
    return { mediaType, digest, size: Buffer.byteLength(text) }
  }
  async function manifest(mediaType: string, content: object, tag?: string): Promise<Descriptor> {
    const text = JSON.stringify({ schemaVersion: 2, mediaType, ...content })
    const digest = sha256(text)
    await send(`manifests/${tag ?? digest}`, 'PUT', mediaType, text)
    return { mediaType, digest, size: Buffer.byteLength(text) }
  }

  const config = await blob(CONFIG, JSON.stringify({ os: 'linux', architecture: 'amd64', rootfs: { type: 'layers' } }))
  const layers = [await blob(LAYER, 'one layer for all')]
  const image: Pusher['image'] = (seed, tag, more = {}) =>
    manifest(MANIFEST, { config, layers, annotations: { seed }, ...more }, tag)
  const index: Pusher['index'] = (manifests, tag) => manifest(INDEX, { manifests }, tag)
  return {
    image,
    index,
    emptyBlob: () => blob('application/vnd.oci.empty.v1+json', '{}'),
    async multiArch(seed, children, tag) {
      const images: Descriptor[] = []
      for (const architecture of ARCHITECTURES.slice(0, children)) {
        images.push({ ...(await image(`${seed} ${architecture}`)), platform: { os: 'linux', architecture } })
      }
      return { index: await index(images, tag), children: images }
    },
    async all(count, push) {
      let next = 0
      const worker = async () => {
        while (next < count) await push(next++)
      }
      await Promise.all(Array.from({ length: AT_ONCE }, worker))
    },
  }
}
