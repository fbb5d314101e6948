// Puts servers under load by programs that are not this process, and says what it cost the servers. A list of servers
// has as many entries as the load has ways in: connections take them in turn.

import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { groupsOf } from './groups-of.mjs'
import { cpuSeconds } from './process-cost.mjs'

const LOAD = fileURLToPath(new URL('load.mjs', import.meta.url))
const WRK = '/usr/bin/wrk'

/** Runs the load generator on one job. Nothing the disk still owes from before may count. */
export async function load(servers, job) {
  await run('/bin/sync', [])
  const [{ repository, authorization }] = servers
  const addresses = servers.map(({ host, port }) => ({ host, port }))
  const input = JSON.stringify({ servers: addresses, repository, authorization, ...job })
  return measured(servers, async () => JSON.parse(await run(process.execPath, [LOAD], input)))
}

/** Requests for one manifest by tag, from a wrk for each entry where there is one: it costs the machine least. */
export async function manifests(servers, { connections, seconds }) {
  const [{ manifestPath: path, manifestType: accept, authorization }] = servers
  if (!existsSync(WRK)) return load(servers, { kind: 'get', count: connections, path, accept, seconds })
  const headers = [`Accept: ${accept}`, ...(authorization ? [`Authorization: ${authorization}`] : [])]
  const size = ['-t1', `-c${connections / servers.length}`, `-d${seconds}s`]
  const args = [...size, ...headers.flatMap(header => ['-H', header])]
  return measured(servers, async () => {
    const outputs = await Promise.all(
      servers.map(({ host, port }) => run(WRK, [...args, `http://${host}:${port}${path}`])),
    )
    const parts = outputs.map(output => {
      if (/Non-2xx/.test(output)) throw new Error(output)
      const [requests, took] = groupsOf(/(\d+) requests in ([\d.]+)s/, output)
      return { requests: Number(requests), seconds: Number(took) }
    })
    return {
      requests: parts.reduce((sum, part) => sum + part.requests, 0),
      seconds: Math.max(...parts.map(part => part.seconds)),
    }
  })
}

/** Megabytes a second. */
export function speed({ bytes, seconds }) {
  return bytes / 1e6 / seconds
}

async function measured(servers, work) {
  const pids = [...new Set(servers.flatMap(({ pid }) => pid ?? []))]
  const cost = () => pids.reduce((sum, pid) => sum + cpuSeconds(pid), 0)
  const before = cost()
  const result = await work()
  return { ...result, serverCpuSeconds: cost() - before }
}

async function run(program, args, input = '') {
  const child = spawn(program, args, { stdio: ['pipe', 'pipe', 'inherit'] })
  const ended = new Promise((resolve, reject) => {
    child.once('error', reject)
    child.once('close', resolve)
  })
  child.stdin.on('error', () => {}) // a program that reads no input may be gone before it is written
  child.stdin.end(input)
  const [output, code] = await Promise.all([text(child.stdout), ended])
  if (code !== 0) throw new Error(`${program} ${args.join(' ')}: exit code ${code}`)
  return output
}
