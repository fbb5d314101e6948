import { afterAll, beforeAll, expect, test } from 'vitest'
import { signedHeaders } from '../support/control.ts'
import { type Registry, startRegistry } from '../support/registry.ts'

const POLICY = JSON.stringify({
  Version: '2012-10-17',
  Statement: [{ Effect: 'Allow', Principal: '*', Action: 'ecr-public:DescribeImages' }],
})
const CLIENT = '203.0.113.7'

/** Sets a policy as a proxy on this machine would that forwards for the client, and tells whom the audit log names. */
async function auditedAddress(registry: Registry, repositoryName: string): Promise<string> {
  await registry.control('CreateRepository', { repositoryName })
  const body = JSON.stringify({ repositoryName, policyText: POLICY })
  const headers = await signedHeaders(registry.url, registry, 'SetRepositoryPolicy', body)
  const forwarded = { ...headers, 'x-forwarded-for': `198.51.100.1, ${CLIENT}` }
  const response = await fetch(registry.url, { method: 'POST', headers: forwarded, body })
  expect(response.status).toBe(200)
  const { auditRecords } = await registry.control('Berth_V1.ListAuditRecords', {
    repositoryName,
    action: 'SetRepositoryPolicy',
  })
  return auditRecords[0].sourceAddress
}

let trusting: Registry
let plain: Registry
beforeAll(async () => {
  trusting = await startRegistry({ args: ['--trusted-proxies', '127.0.0.0/8'] })
  plain = await startRegistry()
})
afterAll(async () => {
  await trusting?.[Symbol.asyncDispose]()
  await plain?.[Symbol.asyncDispose]()
})

test('a client behind a trusted proxy is known by its own address', async () => {
  expect(await auditedAddress(trusting, 'proxied')).toBe(CLIENT)
})

test('nobody else is believed who a request came from', async () => {
  expect(await auditedAddress(plain, 'direct')).toMatch(/^(?:::ffff:)?127\.0\.0\.1$/)
})

test('a signature for the public URL is good behind a proxy that passes another Host on', async () => {
  await using registry = await startRegistry({ args: ['--public-url', 'https://registry.example'] })
  const { host: _, ...headers } = await signedHeaders('https://registry.example', registry, 'DescribeRegistries', '{}')
  const call = () => fetch(registry.url, { method: 'POST', headers, body: '{}' })
  expect((await call()).status).toBe(200)
  // A client that reaches the server without the proxy signs for the address of the server.
  expect(await registry.control('DescribeRegistries')).toBeDefined()
  const { host: __, ...strange } = await signedHeaders('https://other.example', registry, 'DescribeRegistries', '{}')
  expect((await fetch(registry.url, { method: 'POST', headers: strange, body: '{}' })).status).toBe(400)
})
