import { expect, test } from 'vitest'
import { basicOf, jsonOf, type OciResponse } from './client.ts'
import { randomBlob, randomImage } from './content.ts'
import { useRegistry } from './fixture.ts'
import type { Repository } from './repository.ts'

const oci = useRegistry()

interface Challenge {
  readonly realm: string
  readonly service: string
  readonly scope: string
}

/** The one Bearer challenge of a 401, read as strictly as the simplest clients need it. */
function challengeOf(response: OciResponse): Challenge {
  expect(response.status).toBe(401)
  const header = response.headers['www-authenticate'] ?? ''
  const match = /^Bearer realm="([^"]+)",service="([^"]+)",scope="([^"]+)"(?:,error="[a-z_]+")?$/.exec(header)
  expect(match, header).not.toBeNull()
  // Some clients take the last of these words in the header for the scheme.
  expect(header.match(/bearer|basic/gi)).toHaveLength(1)
  const [, realm = '', service = '', scope = ''] = match ?? []
  return { realm, service, scope }
}

/** Asks for a token as the challenge says; `scope` replaces the one of the challenge. */
async function fetchToken(authorization: string | null, scope?: string): Promise<OciResponse> {
  const challenge = challengeOf(await oci.client.send('GET', '/v2/', { authorization: null }))
  return oci.client.send('GET', challenge.realm, {
    authorization,
    query: [
      ['service', challenge.service],
      ['scope', scope ?? challenge.scope],
    ],
  })
}

async function bearer(authorization: string | null, scope?: string): Promise<string> {
  const response = await fetchToken(authorization, scope)
  expect(response.status).toBe(200)
  const { token } = jsonOf<{ token: string }>(response)
  expect(token).toMatch(/^[\w.~+/-]+=*$/)
  return `Bearer ${token}`
}

/** The status of an upload that begins, sends and ends, or of the first request that is refused. */
async function tryPush(repository: Repository, authorization: string, seed: string): Promise<number> {
  const blob = randomBlob(seed)
  const begun = await repository.send('POST', 'blobs/uploads/', { authorization })
  if (begun.status !== 202) return begun.status
  const { status } = await oci.client.send('PUT', repository.locationOf(begun), {
    authorization,
    body: blob.bytes,
    query: [['digest', blob.digest]],
  })
  return status
}

test('support is answered with 200 to who has credentials', async () => {
  expect((await oci.client.send('GET', '/v2/')).status).toBe(200)
})

test('a request without credentials is answered with 401 and a Bearer challenge', async () => {
  const repository = await oci.createRepository()
  await repository.pushImage(randomImage('challenge'), 'v1')
  for (const [method, path] of [
    ['GET', ''],
    ['GET', `${repository.name}/manifests/v1`],
    ['HEAD', `${repository.name}/manifests/v1`],
    ['GET', `${repository.name}/tags/list`],
    ['POST', `${repository.name}/blobs/uploads/`],
    ['DELETE', `${repository.name}/manifests/v1`],
  ] as const) {
    const challenge = challengeOf(await oci.client.send(method, `/v2/${path}`, { authorization: null }))
    // ECR Public's scope is this constant, whatever is asked for.
    expect(challenge.scope).toBe('aws')
    expect(new URL(challenge.realm).origin).toBe(oci.client.registry.url)
  }
})

test('an anonymous token pulls', async () => {
  const repository = await oci.createRepository()
  const image = randomImage('anonymous pull')
  await repository.pushImage(image, 'v1')
  const authorization = await bearer(null)
  const options = { authorization }
  expect((await oci.client.send('GET', '/v2/', options)).status).toBe(200)
  expect((await repository.manifest('GET', 'v1', options)).body.equals(image.manifest.bytes)).toBe(true)
  for (const { digest } of image.blobs) expect((await repository.blob('GET', digest, options)).status).toBe(200)
  expect((await repository.send('GET', 'tags/list', options)).status).toBe(200)
  expect((await repository.send('GET', `referrers/${image.manifest.digest}`, options)).status).toBe(200)
})

test('a login without name and password is none', async () => {
  const repository = await oci.createRepository()
  const authorization = await bearer(basicOf('', ''))
  expect((await repository.send('GET', 'tags/list', { authorization })).status).toBe(200)
  expect(await tryPush(repository, authorization, 'blank login')).toBe(401)
})

test('an anonymous token is not enough to push or delete', async () => {
  const repository = await oci.createRepository()
  const image = randomImage('anonymous push')
  await repository.pushImage(image, 'v1')
  const authorization = await bearer(null)
  expect([401, 403]).toContain(await tryPush(repository, authorization, 'anonymous push'))
  expect([401, 403]).toContain((await repository.putManifest(image.manifest, 'v2', { authorization })).status)
  expect([401, 403]).toContain((await repository.manifest('DELETE', 'v1', { authorization })).status)
  for (const { digest } of image.blobs) {
    expect([401, 403]).toContain((await repository.blob('DELETE', digest, { authorization })).status)
  }
  expect(await repository.listTags()).toEqual(['v1'])
})

test('Basic credentials work without a token', async () => {
  const repository = await oci.createRepository()
  expect(await tryPush(repository, await oci.client.basic(), 'basic')).toBe(201)
})

test('the authorization token itself works as a Bearer value', async () => {
  const repository = await oci.createRepository()
  const [, token] = (await oci.client.basic()).split(' ')
  expect(await tryPush(repository, `Bearer ${token}`, 'authorization token')).toBe(201)
})

test('a token for the scope of the challenge does all that its owner may do', async () => {
  const [source, target] = [await oci.createRepository(), await oci.createRepository()]
  const authorization = await bearer(await oci.client.basic())
  expect(await tryPush(source, authorization, 'constant scope')).toBe(201)
  const mounted = await target.send('POST', 'blobs/uploads/', {
    authorization,
    query: [
      ['mount', randomBlob('constant scope').digest],
      ['from', source.name],
    ],
  })
  expect(mounted.status).toBe(201)
  const deleted = await target.blob('DELETE', randomBlob('constant scope').digest, { authorization })
  expect(deleted.status).toBe(202)
})

test('a token for a scope of a repository is bound to it', async () => {
  const [mine, other] = [await oci.createRepository(), await oci.createRepository()]
  const basic = await oci.client.basic()
  const pull = await bearer(basic, `repository:${mine.name}:pull`)
  const push = await bearer(basic, `repository:${mine.name}:pull,push`)
  await mine.pushImage(randomImage('scoped'), 'v1')
  expect((await mine.manifest('GET', 'v1', { authorization: pull })).status).toBe(200)
  expect([401, 403]).toContain(await tryPush(mine, pull, 'pull only'))
  expect(await tryPush(mine, push, 'pull and push')).toBe(201)
  expect([401, 403]).toContain(await tryPush(other, push, 'elsewhere'))
})

test('a scope that is not understood is not a reason to refuse a token', async () => {
  for (const scope of ['registry:catalog:*', 'nonsense', '']) {
    expect((await fetchToken(await oci.client.basic(), scope)).status, scope).toBe(200)
  }
})

for (const [what, authorization] of [
  ['a Bearer token that is none', 'Bearer not-a-token'],
  ['a Bearer token of base64 that is none', `Bearer ${Buffer.from('AWS:wrong').toString('base64')}`],
  ['a wrong password', basicOf('AWS', 'wrong')],
  ['a wrong user', basicOf('nobody', 'wrong')],
  ['an unknown scheme', 'Digest username="AWS"'],
  ['no value at all', 'Bearer'],
] as const) {
  test(`bad credentials are answered with 401 and a challenge, so that clients log in again (${what})`, async () => {
    const repository = await oci.createRepository()
    challengeOf(await oci.client.send('GET', '/v2/', { authorization }))
    challengeOf(await repository.manifest('GET', 'v1', { authorization }))
    challengeOf(await repository.send('POST', 'blobs/uploads/', { authorization }))
  })
}

test('bad credentials get no token', async () => {
  for (const login of [basicOf('AWS', 'wrong'), basicOf('AWS', ''), basicOf('', 'wrong')])
    expect((await fetchToken(login)).status).toBe(401)
})

test('who is known but not allowed to push is answered with 403 DENIED', async () => {
  const repository = await oci.createRepository()
  await repository.pushImage(randomImage('denied'), 'v1')
  const { registry } = oci.client
  const repositoryName = repository.name.slice(registry.alias.length + 1)
  const Action = ['ecr-public:InitiateLayerUpload', 'ecr-public:PutImage', 'ecr-public:BatchDeleteImage']
  const policyText = JSON.stringify({
    Version: '2012-10-17',
    Statement: [{ Sid: 'Frozen', Effect: 'Deny', Principal: '*', Action }],
  })
  await registry.control('SetRepositoryPolicy', { repositoryName, policyText, force: true })

  const refusals = [
    await repository.send('POST', 'blobs/uploads/'),
    await repository.putManifest(randomImage('denied').manifest, 'v2'),
    await repository.manifest('DELETE', 'v1'),
  ]
  for (const response of refusals) {
    expect(response.status).toBe(403)
    expect(jsonOf(response)).toMatchObject({ errors: [{ code: 'DENIED' }] })
  }
  expect((await repository.manifest('GET', 'v1')).status).toBe(200)
})

test('who belongs to another account pulls, but is answered with 403 DENIED to a push', async () => {
  const repository = await oci.createRepository()
  await repository.pushImage(randomImage('two accounts'), 'v1')
  const { registry } = oci.client
  const stranger = await registry.createAccount('stranger')
  const authorization = basicOf('AWS', await registry.password(stranger))
  expect((await repository.manifest('GET', 'v1', { authorization })).status).toBe(200)
  const refusals = [
    await repository.send('POST', 'blobs/uploads/', { authorization }),
    await repository.putManifest(randomImage('two accounts').manifest, 'v2', { authorization }),
    await repository.manifest('DELETE', 'v1', { authorization }),
  ]
  for (const response of refusals) {
    expect(response.status).toBe(403)
    expect(jsonOf(response)).toMatchObject({ errors: [{ code: 'DENIED' }] })
  }
  expect(await repository.listTags()).toEqual(['v1'])
})

test('a form changes a password or refresh token for a token, as OAuth2 clients ask for it', async () => {
  const repository = await oci.createRepository()
  const challenge = await repository.send('GET', 'tags/list', { authorization: null })
  const [, realm = '', service = ''] =
    /^Bearer realm="([^"]+)",service="([^"]+)"/.exec(String(challenge.headers['www-authenticate'])) ?? []
  const password = await oci.client.registry.password()
  const scope = `repository:${repository.name}:pull,push`
  for (const grant of [
    { grant_type: 'password', username: 'AWS', password },
    { grant_type: 'refresh_token', refresh_token: password },
  ]) {
    const body = new URLSearchParams({ ...grant, service, client_id: 'oras', access_type: 'offline', scope })
    const response = await fetch(realm, { method: 'POST', body })
    expect([response.status, response.headers.get('cache-control')]).toEqual([200, 'no-store'])
    const token = (await response.json()) as Record<string, string>
    expect(token).toMatchObject({ scope, expires_in: expect.any(Number) })
    const authorization = `Bearer ${token['access_token']}`
    expect((await repository.send('POST', 'blobs/uploads/', { authorization })).status).toBe(202)
  }
  const wrong = new URLSearchParams({ grant_type: 'password', username: 'AWS', password: 'wrong', service })
  const refused = await fetch(realm, { method: 'POST', body: wrong })
  expect([refused.status, await refused.json()]).toEqual([401, expect.objectContaining({ error: 'invalid_grant' })])
})
