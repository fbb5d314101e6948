import { sha256 } from '../support/images.ts'
import type { Registry } from '../support/registry.ts'

export const OCI_MANIFEST = 'application/vnd.oci.image.manifest.v1+json'
export const OCI_INDEX = 'application/vnd.oci.image.index.v1+json'
const OCI_CONFIG = 'application/vnd.oci.image.config.v1+json'
const OCI_LAYER = 'application/vnd.oci.image.layer.v1.tar+gzip'

export interface Pushed {
  readonly mediaType: string
  readonly digest: string
  readonly size: number
}

/** Pushes documents of any content to one repository, which is made first. */
export interface Pusher {
  readonly name: string
  readonly blob: (mediaType: string, content: Buffer | string | object) => Promise<Pushed>
  readonly manifest: (mediaType: string, document: object, ...tags: string[]) => Promise<Pushed>
  /** An image of a configuration and layers of these bytes. */
  readonly image: (image: ImageContent, ...tags: string[]) => Promise<Pushed>
}

export interface ImageContent {
  readonly config: Buffer | object
  readonly configType?: string
  readonly layers?: readonly string[]
  readonly more?: object
}

export async function pusherOf(registry: Registry, name: string, catalogData?: object): Promise<Pusher> {
  await registry.control('CreateRepository', { repositoryName: name, catalogData })
  const authorization = `Basic ${Buffer.from(`AWS:${await registry.password()}`).toString('base64')}`
  const base = `${registry.url}/v2/${registry.alias}/${name}`
  const send = async (url: string, method: string, headers: Record<string, string> = {}, body?: Buffer) => {
    const content = body === undefined ? {} : { body: new Uint8Array(body) }
    const response = await fetch(url, { method, headers: { authorization, ...headers }, ...content })
    if (!response.ok) throw new Error(`${method} ${url}: ${response.status} ${await response.text()}`)
    await response.arrayBuffer()
    return response
  }

  const blob: Pusher['blob'] = async (mediaType, content) => {
    const bytes = bytesOf(content)
    const digest = sha256(bytes)
    const begun = await send(`${base}/blobs/uploads/`, 'POST')
    const location = new URL(begun.headers.get('location') ?? '', registry.url)
    location.searchParams.set('digest', digest)
    await send(location.href, 'PUT', { 'content-type': 'application/octet-stream' }, bytes)
    return { mediaType, digest, size: bytes.length }
  }
  const manifest: Pusher['manifest'] = async (mediaType, document, ...tags) => {
    const bytes = bytesOf({ schemaVersion: 2, mediaType, ...document })
    const digest = sha256(bytes)
    for (const reference of tags.length === 0 ? [digest] : tags)
      await send(`${base}/manifests/${reference}`, 'PUT', { 'content-type': mediaType }, bytes)
    return { mediaType, digest, size: bytes.length }
  }
  return {
    name,
    blob,
    manifest,
    image: async ({ config, configType = OCI_CONFIG, layers = [], more }, ...tags) =>
      manifest(
        OCI_MANIFEST,
        {
          config: await blob(configType, config),
          layers: await Promise.all(layers.map(layer => blob(OCI_LAYER, layer))),
          ...more,
        },
        ...tags,
      ),
  }
}

const bytesOf = (content: Buffer | string | object): Buffer =>
  Buffer.isBuffer(content) ? content : Buffer.from(typeof content === 'string' ? content : JSON.stringify(content))
