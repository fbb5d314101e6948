import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'

const INDEX = 'application/vnd.oci.image.index.v1+json'
const MANIFEST = 'application/vnd.oci.image.manifest.v1+json'
const CONFIG = 'application/vnd.oci.image.config.v1+json'
const MOST_IDS = 100
const DEFAULT_PAGE = 100

export interface StubImage {
  readonly digest: string
  readonly tags: readonly string[]
  /** Milliseconds since 1970. */
  readonly pushedAt: number
  readonly sizeBytes: number
  /** The bytes of an image's manifest. */
  readonly manifest?: string
  /** The bytes of an index, with the digests that it lists. */
  readonly index?: { readonly bytes: string; readonly children: readonly string[] }
}

/** What happens to a request instead of, or after, what it asks for. */
export type Fault =
  | { readonly status: number; readonly code: string; readonly retryAfter?: string }
  /** Drops the connection before anything is done, or after it is done and before the answer. */
  | 'drop before'
  | 'drop after'

export interface StubOptions {
  readonly repositories: Readonly<Record<string, readonly StubImage[]>>
  /**
   * Called for every request with the name of its operation (`GetManifest` for those to `/v2/`, `GetToken` for
   * `/token/`). The request waits for it.
   */
  readonly fault?: (operation: string) => Fault | undefined | Promise<Fault | undefined>
  /** The failure code for one id of a deletion; undefined where the id is deleted. */
  readonly refuse?: (digest: string) => string | undefined
}

/** A small Amazon ECR Public on a loopback port. It has what `berth clean` asks for, with the faults of a bad day. */
export interface EcrPublicStub extends AsyncDisposable {
  readonly url: string
  /** The digests that are left in a repository. */
  readonly left: (repository: string) => string[]
  /** Operations in the order in which they came. */
  readonly requests: readonly string[]
  /** The most deletions that were under way at once. */
  readonly mostAtOnce: () => number
}

type Row = { -readonly [K in keyof StubImage]: StubImage[K] } & { tags: string[] }

export async function startEcrPublicStub({ repositories, fault, refuse }: StubOptions): Promise<EcrPublicStub> {
  const tables = new Map(
    Object.entries(repositories).map(([name, images]) => [
      name,
      new Map(images.map((image): [string, Row] => [image.digest, { ...image, tags: [...image.tags] }])),
    ]),
  )
  const parents = new Map<string, string[]>()
  for (const { digest, index } of Object.values(repositories).flat()) {
    for (const child of index?.children ?? []) parents.set(child, [...(parents.get(child) ?? []), digest])
  }
  const requests: string[] = []
  let atOnce = 0
  let mostAtOnce = 0
  let host = ''

  const server = createServer((request, response) => void answer(request, response))
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('the stub has no port')
  host = `127.0.0.1:${address.port}`

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk)
    const operation = nameOf(request)
    requests.push(operation)
    const trouble = await fault?.(operation)
    if (trouble === 'drop before') {
      request.socket.destroy()
      return
    }
    if (typeof trouble === 'object') {
      const { status, code, retryAfter } = trouble
      send(response, status, { __type: code, message: 'trouble' }, retryAfter ? { 'retry-after': retryAfter } : {})
      return
    }
    if (operation === 'BatchDeleteImage') mostAtOnce = Math.max(mostAtOnce, ++atOnce)
    await new Promise(resolve => setImmediate(resolve))
    if (operation === 'GetToken') send(response, 200, { token: TOKEN })
    else if (operation === 'GetManifest') manifest(request, response)
    else {
      const [status, body] = control(operation, JSON.parse(Buffer.concat(chunks).toString()))
      if (operation === 'BatchDeleteImage') atOnce--
      if (trouble === 'drop after') request.socket.destroy()
      else send(response, status, body)
    }
  }

  function manifest({ url = '', headers }: IncomingMessage, response: ServerResponse): void {
    if (headers.authorization !== `Bearer ${TOKEN}`) {
      const challenge = `Bearer realm="http://${host}/token/",service="${host}",scope="aws"`
      send(response, 401, { errors: [{ code: 'DENIED' }] }, { 'www-authenticate': challenge })
      return
    }
    const [, name = '', digest = ''] = /^\/v2\/alias\/(.+)\/manifests\/(.+)$/.exec(url) ?? []
    const { index, manifest: image } = tables.get(name)?.get(digest) ?? {}
    if (index) response.writeHead(200, { 'content-type': INDEX }).end(index.bytes)
    else if (image) response.writeHead(200, { 'content-type': MANIFEST }).end(image)
    else send(response, 404, { errors: [{ code: 'MANIFEST_UNKNOWN' }] })
  }

  // biome-ignore lint/suspicious/noExplicitAny: a body as it comes over the wire
  function control(operation: string, input: any): [status: number, body: object] {
    if (operation === 'GetAuthorizationToken') {
      return [200, { authorizationData: { authorizationToken: TOKEN, expiresAt: 2e9 } }]
    }
    if (operation === 'DescribeRepositories') {
      const names: string[] = input.repositoryNames ?? [...tables.keys()]
      if (names.some(name => !tables.has(name))) return error('RepositoryNotFoundException')
      return [200, { repositories: names.map(describeRepository) }]
    }
    const images = tables.get(input.repositoryName)
    if (!images) return error('RepositoryNotFoundException')
    if (operation === 'DescribeImages') {
      if (input.imageIds) {
        const found = input.imageIds.map((id: { imageDigest: string }) => images.get(id.imageDigest))
        if (found.includes(undefined)) return error('ImageNotFoundException')
        return [200, { imageDetails: found.map(describeImage) }]
      }
      const from = Number(input.nextToken ?? 0)
      const to = from + (input.maxResults ?? DEFAULT_PAGE)
      const page = [...images.values()].slice(from, to)
      return [200, { imageDetails: page.map(describeImage), ...(to < images.size && { nextToken: String(to) }) }]
    }
    if (operation === 'BatchDeleteImage') return deleteImages(images, input.imageIds)
    return error('UnknownOperationException')
  }

  function deleteImages(
    images: Map<string, Row>,
    ids: { imageDigest?: string; imageTag?: string }[],
  ): [number, object] {
    if (ids.length === 0 || ids.length > MOST_IDS) return error('InvalidParameterException')
    const imageIds: object[] = []
    const failures: object[] = []
    for (const id of ids) {
      const fail = (failureCode: string) => failures.push({ imageId: id, failureCode, failureReason: 'refused' })
      const image = id.imageDigest
        ? images.get(id.imageDigest)
        : [...images.values()].find(each => each.tags.includes(id.imageTag ?? ''))
      const refused = image && refuse?.(image.digest)
      const held = image && parents.get(image.digest)?.some(parent => images.has(parent))
      if (!image || (id.imageTag !== undefined && !image.tags.includes(id.imageTag))) fail('ImageNotFound')
      else if (refused) fail(refused)
      else if (held) fail('ImageReferencedByManifestList')
      else {
        image.tags = image.tags.filter(tag => id.imageTag !== undefined && tag !== id.imageTag)
        if (image.tags.length === 0) images.delete(image.digest)
        imageIds.push({ ...id, imageDigest: image.digest })
      }
    }
    return [200, { imageIds, failures }]
  }

  const describeRepository = (repositoryName: string) => ({
    ...{ repositoryName, registryId: '123456789012', repositoryUri: `${host}/alias/${repositoryName}` },
    repositoryArn: `arn:aws:ecr-public::123456789012:repository/${repositoryName}`,
  })

  return {
    url: `http://${host}`,
    requests,
    left: repository => [...(tables.get(repository)?.keys() ?? [])],
    mostAtOnce: () => mostAtOnce,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      await new Promise(resolve => server.close(resolve))
    },
  }
}

function nameOf({ method, url = '', headers }: IncomingMessage): string {
  if (method === 'POST') return String(headers['x-amz-target']).replace(/^.*\./, '')
  return url.startsWith('/token/') ? 'GetToken' : 'GetManifest'
}

const TOKEN = Buffer.from('AWS:password').toString('base64')

const describeImage = ({ digest, tags, pushedAt, sizeBytes, index }: Row) => ({
  ...{ registryId: '123456789012', repositoryName: 'x', imageDigest: digest },
  ...(tags.length > 0 && { imageTags: tags }),
  ...{ imageSizeInBytes: sizeBytes, imagePushedAt: pushedAt / 1000, imageManifestMediaType: index ? INDEX : MANIFEST },
  ...(!index && { artifactMediaType: CONFIG }),
})

const error = (code: string): [number, object] => [400, { __type: code, message: `${code} of the stub` }]

function send(response: ServerResponse, status: number, body: object, headers: Record<string, string> = {}): void {
  response.writeHead(status, { 'content-type': 'application/x-amz-json-1.1', ...headers }).end(JSON.stringify(body))
}
