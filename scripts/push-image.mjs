// Pushes a small image as any client does (OCI Distribution v1.1): a token, two blobs, then the manifest.

import { createHash, randomBytes } from 'node:crypto'

const MANIFEST = 'application/vnd.oci.image.manifest.v1+json'
const CONFIG = 'application/vnd.oci.image.config.v1+json'
const LAYER = 'application/vnd.oci.image.layer.v1.tar'

/**
 * Asks the registry, with the token in hand.
 *
 * @typedef {(target: string | URL, options: RequestInit) => Promise<Response>} Send
 */

/**
 * Makes an image and pushes it, under a tag if there is one; returns its digest. `repository` is as in an image's
 * name, `alias/name`; `password` is what `get-login-password` prints; `layer` is what the image holds, random bytes
 * unless given.
 *
 * @param {{ url: string, repository: string, password: string, tag?: string | undefined, layer?: Buffer }} image
 */
export async function pushImage({ url, repository, password, tag, layer: content = randomBytes(512) }) {
  const token = await bearerToken(url, repository, password)
  /** @type {Send} */
  const request = (target, options) => send(new URL(target, url), token, options)
  const layer = await pushBlob(request, repository, content)
  const config = {
    architecture: 'amd64',
    os: 'linux',
    config: {},
    rootfs: { type: 'layers', diff_ids: [layer.digest] },
  }
  const manifest = JSON.stringify({
    schemaVersion: 2,
    mediaType: MANIFEST,
    config: { mediaType: CONFIG, ...(await pushBlob(request, repository, Buffer.from(JSON.stringify(config)))) },
    layers: [{ mediaType: LAYER, ...layer }],
  })
  const digest = digestOf(manifest)
  const options = { method: 'PUT', headers: { 'content-type': MANIFEST }, body: manifest }
  await request(`/v2/${repository}/manifests/${tag ?? digest}`, options)
  return digest
}

/**
 * The registry's challenge tells where tokens are.
 *
 * @param {string} url
 * @param {string} repository
 * @param {string} password
 * @returns {Promise<string>}
 */
async function bearerToken(url, repository, password) {
  const challenge = (await fetch(new URL('/v2/', url))).headers.get('www-authenticate') ?? ''
  const parameter = (/** @type {string} */ name) => new RegExp(`${name}="([^"]*)"`).exec(challenge)?.[1] ?? ''
  const realm = new URL(parameter('realm'))
  realm.searchParams.set('service', parameter('service'))
  realm.searchParams.set('scope', `repository:${repository}:pull,push`)
  const basic = Buffer.from(`AWS:${password}`).toString('base64')
  const response = await fetch(realm, { headers: { authorization: `Basic ${basic}` } })
  if (!response.ok) throw new Error(`GET ${realm}: ${response.status} ${await response.text()}`)
  const { token } = /** @type {{ token: string }} */ (await response.json())
  return token
}

/**
 * @param {Send} request
 * @param {string} repository
 * @param {Buffer} bytes
 */
async function pushBlob(request, repository, bytes) {
  const digest = digestOf(bytes)
  const opened = await request(`/v2/${repository}/blobs/uploads/`, { method: 'POST' })
  const location = new URL(opened.headers.get('location') ?? '', opened.url)
  location.searchParams.set('digest', digest)
  const headers = { 'content-type': 'application/octet-stream' }
  await request(location, { method: 'PUT', headers, body: bytes })
  return { digest, size: bytes.length }
}

/**
 * @param {URL} url
 * @param {string} token
 * @param {RequestInit} options
 */
async function send(url, token, { headers, ...options }) {
  const response = await fetch(url, { ...options, headers: { ...headers, authorization: `Bearer ${token}` } })
  if (!response.ok) throw new Error(`${options.method} ${url.pathname}: ${response.status} ${await response.text()}`)
  return response
}

const digestOf = (/** @type {string | Buffer} */ bytes) => `sha256:${createHash('sha256').update(bytes).digest('hex')}`
