import { expect } from 'vitest'
import { jsonOf, locationOf, nextLinkOf, type OciClient, type OciResponse, type RequestOptions } from './client.ts'
import { type Content, type Descriptor, type Image, mediaTypes } from './content.ts'

type Query = NonNullable<RequestOptions['query']>

/**
 * One repository as a client sees it. A method called `push…` checks that it worked. The others return the answer as
 * it is.
 */
export class Repository {
  readonly client: OciClient
  /** The repository's whole path, `ALIAS/NAME`. */
  readonly name: string

  constructor(client: OciClient, name: string) {
    this.client = client
    this.name = name
  }

  send(method: string, path: string, options?: RequestOptions): Promise<OciResponse> {
    return this.client.send(method, `/v2/${this.name}/${path}`, options)
  }

  blob(method: string, digest: string, options?: RequestOptions): Promise<OciResponse> {
    return this.send(method, `blobs/${digest}`, options)
  }

  manifest(method: string, reference: string, options: RequestOptions = {}): Promise<OciResponse> {
    const headers = { accept: `${mediaTypes.image}, ${mediaTypes.index}`, ...options.headers }
    return this.send(method, `manifests/${reference}`, { ...options, headers })
  }

  putManifest(manifest: Content, reference = manifest.digest, options: RequestOptions = {}): Promise<OciResponse> {
    const headers = { 'content-type': manifest.mediaType, ...options.headers }
    return this.manifest('PUT', reference, { body: manifest.bytes, ...options, headers })
  }

  tags(query: Query = []): Promise<OciResponse> {
    return this.send('GET', 'tags/list', { query })
  }

  referrers(digest: string, query: Query = []): Promise<OciResponse> {
    return this.send('GET', `referrers/${digest}`, { query })
  }

  /** The tags of one answer. */
  async listTags(query?: Query): Promise<string[]> {
    return jsonOf<{ tags: string[] }>(await this.tags(query)).tags
  }

  /** All referrers: it follows every Link. */
  async listReferrers(digest: string, query?: Query): Promise<Descriptor[]> {
    const found: Descriptor[] = []
    let response = await this.referrers(digest, query)
    for (;;) {
      expect(response.status).toBe(200)
      found.push(...jsonOf<{ manifests: Descriptor[] }>(response).manifests)
      const next = nextLinkOf(response)
      if (next === undefined) return found
      response = await this.client.send('GET', next)
    }
  }

  /** Begins an upload and returns where its bytes go. */
  async startUpload(query: Query = []): Promise<URL> {
    const response = await this.send('POST', 'blobs/uploads/', { query })
    expect(response.status).toBe(202)
    return this.locationOf(response)
  }

  patch(location: URL, bytes: Uint8Array, contentRange?: string): Promise<OciResponse> {
    const headers = {
      'content-type': mediaTypes.blob,
      ...(contentRange === undefined ? {} : { 'content-range': contentRange }),
    }
    return this.client.send('PATCH', location, { body: bytes, headers })
  }

  /** Sends the PUT that ends an upload, with the last bytes or with none. */
  finishUpload(location: URL, digest: string, bytes?: Uint8Array, contentRange?: string): Promise<OciResponse> {
    return this.client.send('PUT', location, {
      query: [['digest', digest]],
      ...(bytes === undefined ? {} : { body: bytes }),
      headers: {
        'content-type': mediaTypes.blob,
        ...(contentRange === undefined ? {} : { 'content-range': contentRange }),
      },
    })
  }

  async pushBlob(blob: Content): Promise<OciResponse> {
    const response = await this.finishUpload(await this.startUpload(), blob.digest, blob.bytes)
    expect(response.status).toBe(201)
    return response
  }

  async pushManifest(manifest: Content, reference?: string): Promise<OciResponse> {
    const response = await this.putManifest(manifest, reference)
    expect(response.status).toBe(201)
    return response
  }

  /** Pushes the blobs, then the manifest, by digest unless a tag is given. */
  async pushImage(image: Image, reference?: string): Promise<OciResponse> {
    for (const blob of image.blobs) await this.pushBlob(blob)
    return this.pushManifest(image.manifest, reference)
  }

  locationOf(response: OciResponse): URL {
    return locationOf(response, this.client.registry.url)
  }
}
