import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { describeEmbedded } from '../support/embedded.ts'
import { type Registry, startRegistry } from '../support/registry.ts'

let registry: Registry
let metricsUrl = ''

/** Figures by name and labels, as they stand in the text. */
async function scrape(): Promise<Map<string, number>> {
  const response = await fetch(metricsUrl)
  expect(response.headers.get('content-type')).toMatch(/^text\/plain; version=0\.0\.4/)
  const lines = (await response.text()).split('\n').filter(line => line !== '' && !line.startsWith('#'))
  return new Map(
    lines.map(line => [line.slice(0, line.lastIndexOf(' ')), Number(line.slice(line.lastIndexOf(' ')))] as const),
  )
}

describeEmbedded('each server counts its own requests', '/metrics', () => {
  beforeAll(async () => {
    registry = await startRegistry({ args: ['--metrics-port', '0', '--collect-seconds', '0.2'] })
    metricsUrl = /Prometheus gets its figures at (\S+)/.exec(registry.output())?.[1] ?? ''
  })
  afterAll(() => registry?.[Symbol.asyncDispose]())

  test('requests are counted by protocol, operation, method and status', async () => {
    const count = async (labels: string) => (await scrape()).get(`berth_http_requests_total{${labels}}`) ?? 0
    const created = 'protocol="control",operation="CreateRepository",method="POST",status="200"'
    const before = await count(created)
    await registry.control('CreateRepository', { repositoryName: 'counted' })
    await fetch(`${registry.url}/v2/`)
    // A client may have its answer before the server has counted it.
    await vi.waitFor(async () => expect(await count(created)).toBe(before + 1))
    const refused = 'protocol="oci",operation="none",method="GET",status="401"'
    await vi.waitFor(async () => expect(await count(refused)).toBe(1))
  })

  test('the collector tells of its passes and of its queue', async () => {
    const figures = await vi.waitFor(async () => {
      const found = await scrape()
      expect(found.get('berth_collector_passes_total')).toBeGreaterThan(0)
      return found
    })
    expect(figures.get('berth_database_up')).toBe(1)
    expect(figures.get('berth_collector_queue_blobs')).toBe(0)
    expect(figures.get('berth_bin_images')).toBe(0)
    expect(figures.get('process_resident_memory_bytes')).toBeGreaterThan(1e7)
  })

  test('figures are not on the port of the registry', async () => {
    expect((await fetch(`${registry.url}/metrics`)).status).toBe(404)
  })
})
