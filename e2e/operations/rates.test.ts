import { afterAll, beforeAll, expect, test } from 'vitest'
import { makeImage } from '../support/images.ts'
import { pushImage } from '../support/push.ts'
import { type Registry, startRegistry } from '../support/registry.ts'

const NONE = `sha256:${'0'.repeat(64)}`
const image = makeImage('rates')
let strict: Registry
let usual: Registry
beforeAll(async () => {
  strict = await startRegistry({ args: ['--rate-limits', 'ecr-public', '--trusted-proxies', '127.0.0.0/8'] })
  usual = await startRegistry()
  for (const registry of [strict, usual]) {
    await registry.control('CreateRepository', { repositoryName: 'rates' })
    await pushImage(registry, 'rates', image, 'latest')
  }
})
afterAll(async () => {
  await strict?.[Symbol.asyncDispose]()
  await usual?.[Symbol.asyncDispose]()
})

const tokenOf = async (url: string, address: string) => {
  const response = await fetch(`${url}/token/`, { headers: { 'x-forwarded-for': address } })
  return ((await response.json()) as { token: string }).token
}
const pathsOf = ({ alias }: Registry): Record<string, [method: string, path: string]> => ({
  manifest: ['GET', `/v2/${alias}/rates/manifests/latest`],
  'HEAD of a manifest': ['HEAD', `/v2/${alias}/rates/manifests/latest`],
  blob: ['GET', `/v2/${alias}/rates/blobs/${image.config.digest}`],
  'HEAD of a blob': ['HEAD', `/v2/${alias}/rates/blobs/${image.config.digest}`],
  tags: ['GET', `/v2/${alias}/rates/tags/list`],
  referrers: ['GET', `/v2/${alias}/rates/referrers/${NONE}`],
  catalog: ['GET', '/v2/_catalog'],
  'path that leads nowhere': ['GET', '/v2/nowhere'],
  token: ['GET', '/token/'],
  logo: ['GET', '/logos/00000000-0000-0000-0000-000000000000.png'],
})

test('everything that an address may ask for without a login has a rate of its own', async () => {
  const token = await tokenOf(strict.url, '198.51.100.200')
  for (const [index, [what, [method, path]]] of Object.entries(pathsOf(strict)).entries()) {
    const from = { 'x-forwarded-for': `198.51.100.${index}` }
    const headers = path.startsWith('/v2/') ? { ...from, authorization: `Bearer ${token}` } : from
    const ask = () => fetch(strict.url + path, { method, headers })
    const answers = await Promise.all(Array.from({ length: 300 }, ask))
    const refused = answers.filter(({ status }) => status === 429)
    expect([what, refused.length > 0]).toEqual([what, true])
    expect(refused[0]?.headers.get('retry-after')).toBe('1')
    await Promise.all(answers.map(answer => answer.arrayBuffer()))
  }
})

test('wrong logins, no login and bad signatures count for the address that they come from', async () => {
  const wrong = { authorization: `Basic ${Buffer.from('AWS:wrong').toString('base64')}` }
  const target = { 'x-amz-target': 'SpencerFrontendService.DescribeRegistries' }
  for (const [index, [path, init]] of (
    [
      ['/token/', { headers: wrong }],
      ['/v2/', { headers: wrong }],
      ['/v2/', { headers: {} }],
      ['/', { method: 'POST', headers: target }],
      ['/', { method: 'POST', headers: { 'x-amz-target': 'No.Such' } }],
    ] as [string, RequestInit][]
  ).entries()) {
    const headers = { ...init.headers, 'x-forwarded-for': `203.0.113.${index}` }
    const statuses = await Promise.all(
      Array.from({ length: 200 }, async () => {
        const answer = await fetch(strict.url + path, { ...init, headers })
        const text = await answer.text()
        return answer.status === 429 || text.includes('Rate exceeded') ? 'refused' : 'answered'
      }),
    )
    expect([path, new Set(statuses)]).toEqual([path, new Set(['answered', 'refused'])])
  }
})

test('an IPv6 network counts as one address', async () => {
  const token = await tokenOf(strict.url, '2001:db8:ffff::1')
  const pull = async (address: string) => {
    const headers = { authorization: `Bearer ${token}`, 'x-forwarded-for': address }
    const answer = await fetch(`${strict.url}/v2/${strict.alias}/rates/manifests/latest`, { headers })
    await answer.arrayBuffer()
    return answer.status
  }
  const here = await Promise.all(Array.from({ length: 60 }, (_, at) => pull(`2001:db8::${at.toString(16)}:1`)))
  expect(new Set(here)).toEqual(new Set([200, 429]))
  const elsewhere = await Promise.all(Array.from({ length: 60 }, (_, at) => pull(`2001:db8:1:${at.toString(16)}::1`)))
  expect(new Set(elsewhere)).toEqual(new Set([200]))
})

test('a flood of anonymous pulls is slowed down, and pushes from the same address go on', {
  timeout: 60_000,
}, async () => {
  const FLOOD_MS = 5_000
  const CONNECTIONS = 64
  const token = await tokenOf(usual.url, '127.0.0.1')
  const end = Date.now() + FLOOD_MS
  let [pulled, refused] = [0, 0]
  const flood = async () => {
    while (Date.now() < end) {
      const headers = { authorization: `Bearer ${token}` }
      const { status, ...answer } = await fetchText(`${usual.url}/v2/${usual.alias}/rates/manifests/latest`, headers)
      if (status === 429) refused += 1
      else if (status === 200) pulled += 1
      else throw new Error(`${status} ${answer.text}`)
    }
  }
  const pushes = async () => {
    let pushed = 0
    for (; Date.now() < end; pushed++) await pushImage(usual, 'rates', makeImage(`pushed ${pushed}`), `v${pushed}`)
    return pushed
  }
  const [pushed] = await Promise.all([pushes(), ...Array.from({ length: CONNECTIONS }, flood)])
  expect(pushed).toBeGreaterThan(0)
  // What is in hand, and what each second adds: pulls, prompt refusals, and those that wait a second each. Twice that
  // on two servers.
  const seconds = FLOOD_MS / 1000 + 1
  const most = 2_000 + 200 * seconds + 500 * (seconds + 1) + CONNECTIONS * seconds
  expect(pulled + refused).toBeLessThan(most * usual.deployment.servers.length)
})

async function fetchText(url: string, headers: Record<string, string>): Promise<{ status: number; text: string }> {
  const answer = await fetch(url, { headers })
  return { status: answer.status, text: await answer.text() }
}
