import { createHash } from 'node:crypto'
import { operations } from '@berth/model'
import { type Client, transportTo } from '../../../client/client.ts'
import { CommandError } from '../../../errors.ts'
import type { HttpResponse } from '../../../http/http1.ts'
import { NetworkError } from '../../../http/network-error.ts'
import { retryAfterSeconds, withRetries } from '../../../http/retries.ts'
import { send } from '../../../http/send.ts'
import type { Target } from '../../../http/target.ts'
import { JsonError, parseJson } from '../../../python/parse-json.ts'
import { isDict, isList, type Value } from '../../../python/value.ts'
import type { Context } from '../../command.ts'

/** The other images that a manifest names. */
interface References {
  readonly children: readonly string[]
  readonly subject?: string
}

/** Reads a manifest of a repository. @throws UnreadableManifest, whose message says why */
export type ManifestReader = (repositoryUri: string, digest: string) => Promise<References>

/** A manifest cannot be read. The message says why. */
export class UnreadableManifest extends Error {}

interface Options {
  readonly client: Client
  readonly context: Context
  /** The endpoint of the control API. A registry on the same host is spoken to in the same scheme. */
  readonly endpoint: Target
  readonly attempts: number
}

const ACCEPT = [
  'application/vnd.oci.image.index.v1+json',
  'application/vnd.docker.distribution.manifest.list.v2+json',
  'application/vnd.oci.image.manifest.v1+json',
  'application/vnd.docker.distribution.manifest.v2+json',
].join(', ')

/** Asks berth not to count the request as a pull: otherwise no index would ever count as unused. */
const NO_PULL = { 'berth-purpose': 'inventory' }

const LOOPBACK = /^(?:localhost|127(?:\.\d+){3}|\[::1\])$/

/** Reads manifests from the registry endpoint (`/v2/`) of the hosts that repository URIs name. */
export function createManifestReader({ client, context, endpoint, attempts }: Options): ManifestReader {
  const hosts = new Map<string, ReturnType<typeof openHost>>()

  /** What is known of one host: how to reach it, and the header of our login there. */
  function openHost(host: string) {
    const origin = originOf(host, endpoint)
    const transport = transportTo(origin, context)
    let login: Promise<string> | undefined

    const get = async (url: URL, headers: Record<string, string>): Promise<HttpResponse> => {
      context.log('clean', `GET ${url.pathname}`)
      const { value } = await withRetries(
        attempts,
        () =>
          send(
            { url, method: 'GET', headers, body: '' },
            url.host === origin.host ? transport : transportTo(url, context),
          ),
        ({ status }) => status === 429 || status >= 500,
        retryAfterSeconds,
      )
      return value
    }

    return async (path: string): Promise<HttpResponse> => {
      const url = new URL(path, origin)
      for (let renewed = false; ; renewed = true) {
        login ??= logIn(client, url, get)
        const used = login
        const answer = await get(url, { authorization: await used, accept: ACCEPT, ...NO_PULL })
        if (renewed || !isRefusedLogin(answer)) return answer
        // Several requests may be refused at once: one new login is enough for all.
        if (login === used) login = undefined
      }
    }
  }

  return async (repositoryUri, digest) => {
    const [host = '', ...path] = repositoryUri.split('/')
    const known = hosts.get(host) ?? openHost(host)
    hosts.set(host, known)
    try {
      const answer = await known(`/v2/${path.join('/')}/manifests/${digest}`)
      if (answer.status !== 200)
        throw new UnreadableManifest(`${host} answered ${answer.status} ${answer.reason}`.trim())
      return readReferences(answer.body, digest)
    } catch (error) {
      if (error instanceof NetworkError || error instanceof CommandError) throw new UnreadableManifest(error.message)
      throw error
    }
  }
}

/**
 * The origin of a host, as Docker has it: a registry on this machine speaks HTTP, any other HTTPS, unless the endpoint
 * URL says otherwise.
 */
function originOf(host: string, endpoint: Target): URL {
  if (host === endpoint.host) return new URL(`${endpoint.protocol}//${endpoint.host}`)
  const { hostname } = new URL(`https://${host}`)
  return new URL(`${LOOPBACK.test(hostname) ? 'http' : 'https'}://${host}`)
}

/** ECR Public answers 400 to an expired token, where others answer 401. */
const isRefusedLogin = ({ status, body }: HttpResponse) =>
  status === 401 || (status === 400 && body.includes('"DENIED"'))

/** The header of our own token, or of the one that the registry gives to anybody. */
async function logIn(
  client: Client,
  url: URL,
  get: (url: URL, headers: Record<string, string>) => Promise<HttpResponse>,
): Promise<string> {
  const own = await ownToken(client)
  if (own !== undefined) return `Bearer ${own}`
  const challenge = (await get(url, {})).headers.get('www-authenticate') ?? ''
  const parameters = new Map(
    [...challenge.matchAll(/\b(\w+)="([^"]*)"/g)].map(([, name = '', value = '']) => [name, value]),
  )
  const realm = new URL(parameters.get('realm') ?? '/token/', url)
  for (const name of ['service', 'scope']) realm.searchParams.set(name, parameters.get(name) ?? '')
  const answer = read((await get(realm, {})).body)
  return `Bearer ${(isDict(answer) && answer.get('token')) || ''}`
}

async function ownToken(client: Client): Promise<string | undefined> {
  try {
    const answer = await client.call(operations.GetAuthorizationToken, new Map())
    const data = answer.get('authorizationData')
    const token = isDict(data) ? data.get('authorizationToken') : undefined
    return typeof token === 'string' ? token : undefined
  } catch (error) {
    // A caller that may delete need not be allowed to log in, and anybody can read every repository.
    if (error instanceof CommandError) return undefined
    throw error
  }
}

function readReferences(body: string, digest: string): References {
  const [algorithm = '', hex] = digest.split(':')
  if (!['sha256', 'sha512'].includes(algorithm) || createHash(algorithm).update(body).digest('hex') !== hex) {
    throw new UnreadableManifest('its bytes do not have its digest')
  }
  const manifest = read(body)
  if (!isDict(manifest)) throw new UnreadableManifest('it is no JSON')
  const manifests = manifest.get('manifests')
  const subject = digestIn(manifest.get('subject'))
  return {
    children: isList(manifests) ? manifests.map(digestIn).filter(child => child !== undefined) : [],
    ...(subject !== undefined && { subject }),
  }
}

const digestIn = (descriptor: Value | undefined): string | undefined => {
  const digest = isDict(descriptor) ? descriptor.get('digest') : undefined
  return typeof digest === 'string' ? digest : undefined
}

function read(body: string): Value {
  try {
    return parseJson(body)
  } catch (error) {
    if (error instanceof JsonError) return null
    throw error
  }
}
