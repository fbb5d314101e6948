import { afterAll, describe, expect, it } from 'vitest'
import { startPostgres } from '../../../../testing/postgres-server.ts'
import { openPostgresMetadata } from '../adapters/metadata-postgres/open-postgres-metadata.ts'
import { digestOf } from '../domain/digest.ts'
import { OCI_MANIFEST } from '../domain/manifest/media-types.ts'
import type { MetadataStore } from '../ports/metadata-store.ts'
import { ACCOUNT, openTemporaryRegistry } from '../testing/temporary-registry.ts'
import { watchStatements } from '../testing/watch-statements.ts'
import { signedFetch } from './control/testing/signed-fetch.ts'
import { serveBothWires } from './testing/serve-both-wires.ts'

/**
 * What a request costs. Each text is the number of statements outside of transactions and, after a `+` each, of those
 * in each transaction without its begin and its commit.
 */
interface Cost {
  readonly statements: string
  /** Of those, what looks up the caller's key and policies. */
  readonly principal: string
  /** Of those, what finds the repository, by its name, its id or a path that leads through it. */
  readonly repository: string
}

const statements = watchStatements()

const PRINCIPAL = /from "access_keys"/
const REPOSITORY = /^select .*(?:from|join) "?repositories\b/s

/** Asks a server over `metadata` what clients ask most, when nothing is remembered of what was read before. */
async function measure(metadata?: MetadataStore): Promise<Record<string, Cost>> {
  await using registry = await openTemporaryRegistry(metadata === undefined ? {} : { metadata })
  await using wires = await serveBothWires(registry)
  const { context } = registry
  const costs: Record<string, Cost> = {}
  const cost = async (name: string, ask: () => Promise<Response>): Promise<{ headers: Headers; text: string }> => {
    await context.metadata.transaction(async () => {})
    statements()
    const response = await ask()
    const text = await response.text()
    if (!response.ok) throw new Error(`${name}: ${response.status} ${text}`)
    const { outside, transactions } = statements()
    const count = (pattern: RegExp) =>
      [outside, ...transactions].map(each => each.filter(sql => pattern.test(sql)).length).join(' + ')
    costs[name] = { statements: count(/^/), principal: count(PRINCIPAL), repository: count(REPOSITORY) }
    return { headers: response.headers, text }
  }

  let authorization = wires.login
  const v2 = (path: string, init: RequestInit = {}) => {
    const headers = { authorization, 'content-type': OCI_MANIFEST }
    return fetch(new URL(path, `${wires.url}/v2/acme/tools/web/`), { ...init, headers })
  }
  const token = await cost('token', () => v2('/token/'))
  authorization = `Bearer ${(JSON.parse(token.text) as { token: string }).token}`
  await v2('/v2/') // a token is checked once, whatever is asked with it

  const config = Buffer.from('{}')
  const digest = digestOf(config)
  const { headers } = await cost('upload POST', () => v2('blobs/uploads/', { method: 'POST' }))
  const upload = `${headers.get('location')}?digest=${digest}`
  await cost('upload PUT', () => v2(upload, { method: 'PUT', body: config }))
  const descriptor = { mediaType: 'application/vnd.oci.image.config.v1+json', digest, size: config.length }
  const manifest = JSON.stringify({ schemaVersion: 2, mediaType: OCI_MANIFEST, config: descriptor, layers: [] })
  await cost('manifest PUT', () => v2('manifests/latest', { method: 'PUT', body: manifest }))
  await cost('manifest GET by tag', () => v2('manifests/latest'))
  await cost('manifest GET by digest', () => v2(`manifests/${digestOf(manifest)}`))
  await cost('blob GET', () => v2(`blobs/${digest}`))
  await cost('blob HEAD', () => v2(`blobs/${digest}`, { method: 'HEAD' }))

  const call = (operation: string, input: object) => () =>
    signedFetch(`${wires.url}/`, {
      ...{ credentials: wires.key, service: 'ecr-public', target: `SpencerFrontendService.${operation}` },
      ...{ body: JSON.stringify(input), signedAt: new Date(context.clock.now()) },
    })
  const repositoryName = 'tools/web'
  await cost('DescribeRepositories', call('DescribeRepositories', {}))
  await cost('DescribeImages', call('DescribeImages', { repositoryName }))
  await cost('GetAuthorizationToken', call('GetAuthorizationToken', {}))
  const imageIds = [{ imageTag: 'latest' }]
  const tagged = { repositoryName: 'tools/api', tags: [{ Key: 'team', Value: 'web' }] }
  await cost('CreateRepository with tags', call('CreateRepository', tagged))
  await context.metadata.transaction(rows => rows.registries.update(ACCOUNT, { createOnPush: true }))
  await cost('upload POST that makes one', () => v2('../new/blobs/uploads/', { method: 'POST' }))
  await cost('BatchDeleteImage', call('BatchDeleteImage', { repositoryName, imageIds }))
  return costs
}

const postgres = await startPostgres({ required: process.env['CI'] !== undefined })
afterAll(() => postgres?.[Symbol.asyncDispose]())

describe('the statements of the commonest requests', () => {
  it('are these on SQLite, where look-ups are remembered until the next commit', async () => {
    expect(await measure()).toEqual({
      token: { statements: '2', principal: '1', repository: '0' },
      'upload POST': { statements: '4 + 6', principal: '1 + 1', repository: '1 + 1' },
      'upload PUT': { statements: '5 + 11', principal: '1 + 1', repository: '1 + 1' },
      'manifest PUT': { statements: '4 + 17', principal: '1 + 1', repository: '1 + 1' },
      'manifest GET by tag': { statements: '4', principal: '1', repository: '1' },
      'manifest GET by digest': { statements: '3', principal: '1', repository: '1' },
      'blob GET': { statements: '3', principal: '1', repository: '1' },
      'blob HEAD': { statements: '5', principal: '1', repository: '1' },
      DescribeRepositories: { statements: '3', principal: '1', repository: '1' },
      DescribeImages: { statements: '5', principal: '1', repository: '2' },
      GetAuthorizationToken: { statements: '2', principal: '1', repository: '0' },
      'CreateRepository with tags': { statements: '3 + 5', principal: '1 + 1', repository: '0 + 1' },
      'upload POST that makes one': { statements: '5 + 6 + 6', principal: '1 + 1 + 1', repository: '1 + 1 + 1' },
      BatchDeleteImage: { statements: '6 + 24', principal: '1 + 1', repository: '1 + 1' },
    })
  })

  it.skipIf(postgres === undefined)('are these on PostgreSQL, where each is a round trip', async () => {
    const url = (await postgres?.createDatabase()) ?? ''
    expect(await measure(await openPostgresMetadata({ url }))).toEqual({
      token: { statements: '3', principal: '1', repository: '0' },
      'upload POST': { statements: '4 + 5', principal: '1 + 1', repository: '1 + 1' },
      'upload PUT': { statements: '4 + 2 + 10', principal: '1 + 0 + 1', repository: '1 + 0 + 1' },
      'manifest PUT': { statements: '4 + 16', principal: '1 + 1', repository: '1 + 1' },
      'manifest GET by tag': { statements: '4', principal: '1', repository: '1' },
      'manifest GET by digest': { statements: '3', principal: '1', repository: '1' },
      'blob GET': { statements: '3', principal: '1', repository: '1' },
      'blob HEAD': { statements: '5', principal: '1', repository: '1' },
      DescribeRepositories: { statements: '3', principal: '1', repository: '1' },
      DescribeImages: { statements: '5', principal: '1', repository: '2' },
      GetAuthorizationToken: { statements: '2', principal: '1', repository: '0' },
      'CreateRepository with tags': { statements: '3 + 5', principal: '1 + 1', repository: '0 + 1' },
      'upload POST that makes one': { statements: '5 + 6 + 5', principal: '1 + 1 + 1', repository: '1 + 1 + 1' },
      BatchDeleteImage: { statements: '6 + 24', principal: '1 + 1', repository: '1 + 1' },
    })
  })
})
