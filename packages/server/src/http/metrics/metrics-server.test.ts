import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { afterEach, expect, it } from 'vitest'
import { gauge, type MetricSource } from './exposition.ts'
import { createMetricsServer } from './metrics-server.ts'

let close = () => {}
afterEach(() => close())

async function start(...sources: MetricSource[]) {
  const errors: unknown[] = []
  const server = createMetricsServer(sources, error => errors.push(error))
  close = () => void server.close().closeAllConnections()
  await once(server.listen(0, '127.0.0.1'), 'listening')
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, errors }
}

it('answers with the figures of all sources, in their order', async () => {
  const { url } = await start(
    () => [gauge('one', 'First.', 1)],
    async () => [gauge('two', 'Second.', 2)],
  )
  const response = await fetch(`${url}/metrics?since=ever`)
  expect([response.status, response.headers.get('content-type')]).toEqual([
    200,
    'text/plain; version=0.0.4; charset=utf-8',
  ])
  expect(await response.text()).toMatch(/\none 1\n(?:#.*\n)+two 2\n$/)
})

it('has nothing else', async () => {
  const { url } = await start()
  expect((await fetch(`${url}/`)).status).toBe(404)
  expect((await fetch(`${url}/metrics`, { method: 'POST' })).status).toBe(405)
})

it('answers 500 when a source fails, and hands the error on', async () => {
  const failure = new Error('no figures')
  const { url, errors } = await start(() => {
    throw failure
  })
  expect((await fetch(`${url}/metrics`)).status).toBe(500)
  expect(errors).toEqual([failure])
})
