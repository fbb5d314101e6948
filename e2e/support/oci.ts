/** What a client without an account sees of a repository, over the OCI endpoints. */
export interface Anonymous {
  /** Sends a GET below `/v2/`, with the anonymous token that the registry's challenge leads to. */
  readonly get: (path: string, accept?: string) => Promise<Response>
  /** Looks by HEAD where a tag leads. Rejects where it leads nowhere. */
  readonly look: (repository: string, tag: string) => Promise<string>
  /** The digest that a tag or digest leads to; undefined when there is no such image. */
  readonly digestOf: (repository: string, reference: string) => Promise<string | undefined>
  readonly tags: (repository: string) => Promise<string[]>
}

const MANIFESTS = [
  'application/vnd.oci.image.index.v1+json',
  'application/vnd.oci.image.manifest.v1+json',
  'application/vnd.docker.distribution.manifest.list.v2+json',
  'application/vnd.docker.distribution.manifest.v2+json',
].join(', ')

export async function anonymous(url: string): Promise<Anonymous> {
  const challenge = (await fetch(`${url}/v2/`)).headers.get('www-authenticate') ?? ''
  const [, realm] = /Bearer realm="([^"]+)"/.exec(challenge) ?? []
  if (realm === undefined) throw new Error(`no bearer challenge: ${challenge}`)
  const { token } = (await (await fetch(realm)).json()) as { token: string }

  const send = (method: 'GET' | 'HEAD', path: string, accept = MANIFESTS) =>
    fetch(`${url}/v2/${path}`, { method, headers: { authorization: `Bearer ${token}`, accept } })
  const get = (path: string, accept?: string) => send('GET', path, accept)
  return {
    get,
    async look(repository, tag) {
      const response = await send('HEAD', `${repository}/manifests/${tag}`)
      const digest = response.headers.get('docker-content-digest')
      if (!response.ok || digest === null) throw new Error(`HEAD ${repository}:${tag}: ${response.status}`)
      return digest
    },
    async digestOf(repository, reference) {
      const response = await get(`${repository}/manifests/${reference}`)
      await response.arrayBuffer()
      if (response.status === 404) return undefined
      if (!response.ok) throw new Error(`GET ${repository}/manifests/${reference}: ${response.status}`)
      return response.headers.get('docker-content-digest') ?? undefined
    },
    async tags(repository) {
      const response = await get(`${repository}/tags/list`)
      return ((await response.json()) as { tags: string[] }).tags
    },
  }
}
