import { createHash, randomBytes } from 'node:crypto'
import { type Caller, call, type Key, send } from '../signed-call.ts'

/** Small documents of a registry that need no blobs. */
export const index = {
  type: 'application/vnd.oci.image.index.v1+json',
  of: (text: string, subject?: string) =>
    Buffer.from(
      JSON.stringify({
        schemaVersion: 2,
        mediaType: index.type,
        manifests: [],
        ...(subject && { subject: { mediaType: index.type, digest: subject, size: 1 } }),
        annotations: { text },
      }),
    ),
}

export const digestOf = (bytes: Uint8Array | string) => `sha256:${createHash('sha256').update(bytes).digest('hex')}`

/** One account, with what its registry holds. Logins are values of an Authorization header. */
export interface Owner {
  readonly key: Key
  readonly login: string
  /** The repository's name on the control API. The registry endpoint has the alias before it. */
  readonly name: string
  readonly repository: string
  readonly taggedName: string
  readonly tagged: string
}

export interface Prepared {
  readonly port: number
  /** The owner who pushes and pulls as everybody does. */
  readonly user: Owner
  readonly tenant: Owner
  readonly anonymous: string
  readonly blob: string
  /** Manifests of almost 4 MiB. */
  readonly large: readonly string[]
  readonly subject: string
}

const IMAGES = 20
const TAGS = 1000
/** A URL may have 8,192 characters. */
const TAGS_AT_ONCE = 50

/** Fills the repositories of two accounts with what attacks and the usual load ask for. */
export async function prepare(port: number, keys: { readonly user: Key; readonly tenant: Key }): Promise<Prepared> {
  const user = await own({ port, ...keys.user }, 'attacked')
  const tenant = await own({ port, ...keys.tenant }, 'attack')
  for (const owner of [user, tenant]) await put(port, owner, 'small', index.of('small'))
  const large: string[] = []
  for (let at = 0; at < 10; at++) {
    const manifest = index.of(`${at}${'x'.repeat(4_100_000)}`)
    await put(port, tenant, digestOf(manifest), manifest)
    large.push(digestOf(manifest))
  }
  const subject = `sha256:${'0'.repeat(64)}`
  await put(port, tenant, 'refers', index.of('"'.repeat(1_900_000), subject))
  for (let image = 0; image < IMAGES; image++) {
    const manifest = index.of(`image ${image}`)
    const names = Array.from({ length: TAGS - 1 }, (_, tag) => `${'a'.repeat(100)}-${image}-${tag}`)
    for (let at = 0; at < names.length; at += TAGS_AT_ONCE) {
      const query = names.slice(at, at + TAGS_AT_ONCE).map(tag => `tag=${tag}`)
      await put(port, tenant, `${digestOf(manifest)}?${query.join('&')}`, manifest, tenant.tagged)
    }
  }
  await put(port, tenant, 'zz', index.of('image 0'), tenant.tagged)
  const caller = { port, ...keys.tenant }
  const protectedTags = [
    'zz',
    ...Array.from({ length: 49 }, (_, at) => `*${'a'.repeat(60 - (at % 20))}b${'c'.repeat(at / 20)}`),
  ]
  await done(
    call(caller, ['berth', 'PutRepositorySettings'], {
      repositoryName: tenant.taggedName,
      settings: { protectedTags },
    }),
  )
  const pattern = { StringLike: { 'aws:UserAgent': Array.from({ length: 400 }, () => `*a$\{aws:UserAgent}`) } }
  const statement = { Effect: 'Allow', Principal: '*', Action: '*', Condition: pattern }
  const policyText = JSON.stringify({ Version: '2012-10-17', Statement: [statement] })
  // A registry may refuse such a policy: that is an answer to the attack, too.
  await call(caller, ['ecr-public', 'SetRepositoryPolicy'], { repositoryName: tenant.name, policyText, force: true })
  const blob = await pushBlob(port, tenant, randomBytes(1024 * 1024))
  const token = JSON.parse((await done(send({ port }, { path: '/token/' }))).body.toString()).token
  return { port, user, tenant, anonymous: `Bearer ${token}`, blob, large, subject }
}

async function own(caller: Caller, name: string): Promise<Owner> {
  const taggedName = `${name}-tags`
  for (const repositoryName of [name, taggedName]) {
    await done(call(caller, ['ecr-public', 'CreateRepository'], { repositoryName }))
  }
  const { registries } = JSON.parse(
    (await done(call(caller, ['ecr-public', 'DescribeRegistries'], {}))).body.toString(),
  )
  const alias = registries[0].aliases.find((each: { primaryRegistryAlias: boolean }) => each.primaryRegistryAlias).name
  const { accessKeyId, secretAccessKey } = caller
  const [repository, tagged] = [`${alias}/${name}`, `${alias}/${taggedName}`]
  return { key: { accessKeyId, secretAccessKey }, login: await logIn(caller), name, repository, taggedName, tagged }
}

export async function logIn(caller: Caller): Promise<string> {
  const { body } = await done(call(caller, ['ecr-public', 'GetAuthorizationToken'], {}))
  return `Basic ${JSON.parse(body.toString()).authorizationData.authorizationToken}`
}

async function put(port: number, { login, repository }: Owner, reference: string, body: Buffer, name = repository) {
  const headers = { authorization: login, 'content-type': index.type }
  await done(send({ port }, { method: 'PUT', path: `/v2/${name}/manifests/${reference}`, headers, body }))
}

async function pushBlob(port: number, { login, repository }: Owner, body: Buffer): Promise<string> {
  const digest = digestOf(body)
  const path = `/v2/${repository}/blobs/uploads/?digest=${digest}`
  await done(send({ port }, { method: 'POST', path, headers: { authorization: login }, body }))
  return digest
}

/** Preparing must succeed. */
async function done(answer: ReturnType<typeof send>) {
  const { status, body } = await answer
  if (status >= 300) throw new Error(`preparing: ${status} ${body.toString().slice(-300)}`)
  return answer
}
