// npm run bench: berth and Debian's docker-registry under the same load on the same machine, one after the other.
// See README.md for what is measured and how to read it.

import { writeFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { load, manifests, speed } from './drive.mjs'
import { forgetPeak, peakMib } from './process-cost.mjs'
import { summarise, table } from './report.mjs'
import { LIFTED, missing, startBerth, startDockerRegistry } from './servers.mjs'

const AT_ONCE = 8
const CONNECTIONS = 32
const UPLOADS = 32

const { values: options } = parseArgs({
  options: {
    rounds: { type: 'string', default: '3' },
    'size-mib': { type: 'string', default: '256' },
    seconds: { type: 'string', default: '5' },
    json: { type: 'string' },
  },
})
const sizeMib = Number(options['size-mib'])
const seconds = Number(options.seconds)
const starters = { berth: startBerth, 'docker-registry': startDockerRegistry }

const lacking = missing()
if (lacking.length > 0) {
  console.error(lacking.join('\n'))
  process.exit(1)
}

const rounds = []
for (let round = 0; round < Number(options.rounds); round++) {
  const names = Object.keys(starters)
  if (round % 2 === 1) names.reverse() // what the first leaves behind (a warm disk, a hot CPU) is the second's in turn
  const results = {}
  for (const name of names) results[name] = await withServer(name, measureRound)
  rounds.push(results)
  log(`round ${round + 1}\n${table(summarise([results]))}\n`)
}
const memory = {}
for (const name of Object.keys(starters)) memory[name] = await withServer(name, measureUploads)
rounds.push(memory)

const rows = summarise(rounds)
console.log(
  `${sizeMib} MiB blobs, median of ${options.rounds} rounds, Node ${process.version}, berthd ${LIFTED.join(' ')}\n\n${table(rows)}`,
)
if (options.json) writeFileSync(options.json, JSON.stringify({ options, rounds, rows }, null, 2))

/** A fresh server for every measurement: at most some ten blobs are on disk at a time, and they go with it. */
async function withServer(name, measure) {
  const server = await starters[name]()
  try {
    return await measure(server, name)
  } finally {
    await server.stop()
  }
}

async function measureRound(server, name) {
  log(`${name}: warming up`)
  const warm = await load([server], { kind: 'push', count: 1, sizeMib: 32 })
  await load([server], { kind: 'pull', count: 1, digest: warm.digests[0] })
  await manifests([server], { connections: CONNECTIONS, seconds: 1 })

  log(`${name}: push`)
  const push1 = await load([server], { kind: 'push', count: 1, sizeMib })
  const push8 = await load([server], { kind: 'push', count: AT_ONCE, sizeMib })
  log(`${name}: pull`)
  const [digest] = push1.digests
  const pull1 = await load([server], { kind: 'pull', count: 1, digest })
  const pull8 = await load([server], { kind: 'pull', count: AT_ONCE, digest })
  log(`${name}: manifests`)
  const get = await manifests([server], { connections: CONNECTIONS, seconds })
  return {
    push1: speed(push1),
    push8: speed(push8),
    pull1: speed(pull1),
    pull8: speed(pull8),
    manifests: get.requests / get.seconds,
    pushCpu: push8.serverCpuSeconds / (push8.bytes / 1e9),
    pullCpu: pull8.serverCpuSeconds / (pull8.bytes / 1e9),
    manifestCpu: (get.serverCpuSeconds / get.requests) * 1e6,
    peak: peakMib(server.pid),
    generator: { push8: push8.clientCpuSeconds, pull8: pull8.clientCpuSeconds },
  }
}

async function measureUploads(server, name) {
  log(`${name}: ${UPLOADS} uploads at once`)
  forgetPeak(server.pid)
  await load([server], { kind: 'push', count: UPLOADS, sizeMib })
  return { uploadsPeak: peakMib(server.pid) }
}

function log(message) {
  console.error(message)
}
