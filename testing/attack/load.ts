import { randomBytes } from 'node:crypto'
import { Agent, request } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import { digestOf, index, type Prepared } from './prepare.ts'

/**
 * What the usual load and the probe of `/healthz` saw: milliseconds, and how often each status came that was no
 * success.
 */
export interface Seen {
  readonly pushes: number[]
  readonly pulls: number[]
  readonly health: number[]
  readonly refused: Map<string, number>
}

/** What was seen, in the form that goes from one process to another. */
export interface Written extends Omit<Seen, 'refused'> {
  readonly refused: readonly (readonly [string, number])[]
}

const PUSHES_A_SECOND = 4
const PULLS_A_SECOND = 12
const HEALTH_A_SECOND = 20
/** Connections that are there before the attack. */
const CONNECTIONS = 16

/** The connections of those who use the server every day. */
export async function connected({ port }: Prepared): Promise<Agent> {
  const agent = new Agent({ keepAlive: true, maxSockets: 64 })
  const probe = { method: 'GET', path: '/healthz', login: '', body: undefined }
  await Promise.all(Array.from({ length: CONNECTIONS }, () => exchange(agent, port, probe)))
  return agent
}

/**
 * Pushes and pulls small images at a steady rate, and asks for `/healthz`, for so many seconds. Each request begins on
 * time, whether those before it are done or not, and its time counts from when it should have begun.
 */
export async function usualLoad({ port, user }: Prepared, seconds: number, agent: Agent): Promise<Seen> {
  const seen: Seen = { pushes: [], pulls: [], health: [], refused: new Map() }
  const ask = async (method: string, path: string, body?: Buffer) => {
    const status = await exchange(agent, port, { method, path, login: user.login, body }).catch(() => 'cut off')
    if (status === 200 || status === 201) return
    seen.refused.set(String(status), (seen.refused.get(String(status)) ?? 0) + 1)
  }
  const blob = randomBytes(4096)
  const push = async () => {
    const layer = randomBytes(4096)
    await ask('POST', `/v2/${user.repository}/blobs/uploads/?digest=${digestOf(layer)}`, layer)
    await ask('PUT', `/v2/${user.repository}/manifests/latest`, index.of(digestOf(layer)))
  }
  const pull = async () => {
    await ask('GET', `/v2/${user.repository}/manifests/small`)
    await ask('GET', `/v2/${user.repository}/blobs/${digestOf(blob)}`)
  }
  await ask('POST', `/v2/${user.repository}/blobs/uploads/?digest=${digestOf(blob)}`, blob)
  await push()
  const end = performance.now() + seconds * 1000
  await Promise.all([
    steadily(end, PUSHES_A_SECOND, push, seen.pushes),
    steadily(end, PULLS_A_SECOND, pull, seen.pulls),
    steadily(end, HEALTH_A_SECOND, () => ask('GET', '/healthz'), seen.health),
  ])
  return seen
}

async function steadily(end: number, rate: number, act: () => Promise<void>, times: number[]): Promise<void> {
  const running: Promise<void>[] = []
  for (let due = performance.now(); due < end; due += 1000 / rate) {
    await sleep(Math.max(0, due - performance.now()))
    const began = performance.now()
    running.push(
      act().then(() => {
        times.push(performance.now() - began)
      }),
    )
  }
  await Promise.all(running)
}

interface Asked {
  method: string
  path: string
  login: string
  body: Buffer | undefined
}

function exchange(agent: Agent, port: number, { method, path, login, body }: Asked): Promise<number> {
  return new Promise((resolve, reject) => {
    const headers = {
      authorization: login,
      ...(body && { 'content-type': index.type, 'content-length': body.length }),
    }
    const sent = request({ agent, host: '127.0.0.1', port, method, path, headers, timeout: 60_000 }, response => {
      response.resume()
      response.once('end', () => resolve(response.statusCode ?? 0))
      response.once('error', reject)
    })
    sent.once('timeout', () => sent.destroy(new Error('no answer in a minute')))
    sent.once('error', reject)
    sent.end(body)
  })
}

/** The value below which this part of the values lies; `part` is from 0 to 1. */
export function percentile(values: readonly number[], part: number): number {
  const sorted = [...values].sort((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.ceil(part * sorted.length) - 1)] ?? Number.NaN
}
