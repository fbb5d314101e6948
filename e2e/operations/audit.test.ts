import { afterAll, beforeAll, expect, test } from 'vitest'
import { sha256 } from '../support/images.ts'
import { type Registry, startRegistry } from '../support/registry.ts'

const TYPE = 'application/vnd.oci.image.index.v1+json'
/** An index of nothing: an image that needs no blob. */
const empty = (seed: string) =>
  JSON.stringify({ schemaVersion: 2, mediaType: TYPE, manifests: [], annotations: { seed } })

let registry: Registry
let authorization: string
beforeAll(async () => {
  registry = await startRegistry()
  await registry.admin('registry', 'set', '--account', registry.accountId, '--create-on-push', 'true')
  authorization = `Basic ${Buffer.from(`AWS:${await registry.password()}`).toString('base64')}`
})
afterAll(() => registry?.[Symbol.asyncDispose]())

const send = async (method: string, path: string, body?: string) => {
  const headers = { authorization, 'content-type': TYPE }
  const answer = await fetch(`${registry.url}/v2/${registry.alias}/${path}`, { method, headers, body: body ?? null })
  expect([path, Math.floor(answer.status / 100)]).toEqual([path, 2])
  await answer.arrayBuffer()
}
const records = async (repositoryName: string) => {
  const { auditRecords } = await registry.control('Berth_V1.ListAuditRecords', { repositoryName })
  return auditRecords as Record<string, string>[]
}

test('the registry endpoint records each deed: repositories, overwritten and deleted tags, images and blobs', async () => {
  const name = 'audited/on-push'
  const [one, two] = [empty('one'), empty('two')]
  await send('PUT', `${name}/manifests/latest`, one)
  await send('PUT', `${name}/manifests/latest`, one)
  await send('PUT', `${name}/manifests/latest`, two)
  await send('PUT', `${name}/manifests/${sha256(one)}?tag=latest&tag=v1`, one)
  await send('DELETE', `${name}/manifests/v1`)
  await send('DELETE', `${name}/manifests/${sha256(two)}`)
  await send('POST', `${name}/blobs/uploads/?digest=${sha256('{}')}`, '{}')
  await send('DELETE', `${name}/blobs/${sha256('{}')}`)
  const told = (await records(name)).map(({ action, imageTag, imageDigest, detail }) => [
    action,
    imageTag,
    imageDigest,
    detail,
  ])
  expect(told).toEqual([
    ['CreateRepository', undefined, undefined, undefined],
    ['OverwriteTag', 'latest', sha256(two), `it was at ${sha256(one)}`],
    ['OverwriteTag', 'latest', sha256(one), `it was at ${sha256(two)}`],
    ['DeleteTag', 'v1', sha256(one), undefined],
    ['DeleteImage', undefined, sha256(two), undefined],
    ['DeleteBlob', undefined, sha256('{}'), undefined],
  ])
  expect(new Set((await records(name)).map(({ principal }) => principal))).toEqual(
    new Set([`arn:aws:iam::${registry.accountId}:user/admin`]),
  )
})
