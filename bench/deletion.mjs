// npm run bench:deletion: how long it takes to delete images and to collect their bytes, or with --bin to empty the
// bin of them, in stores of two sizes, and what pulls notice of it. See README.md.

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { text } from 'node:stream/consumers'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { BatchDeleteImageCommand, DescribeRegistriesCommand } from '@aws-sdk/client-ecr-public'
import { controlClient, LIFTED, launchBerth, startBerth } from './servers.mjs'
import { addImages, endTimeInBin, openQueue } from './synthetic.mjs'

const LATENCY = fileURLToPath(new URL('latency.mjs', import.meta.url))
const IDS_PER_CALL = 100
const CALLS_AT_ONCE = 4
const IDLE_SECONDS = 10
/** For the deletes, a rest and the idle server, before the pass that collects. */
const COLLECT_SECONDS = 40
const REST_SECONDS = 3
const POLL_MS = 20

const { values: options } = parseArgs({
  options: {
    small: { type: 'string', default: '100000' },
    large: { type: 'string', default: '1000000' },
    delete: { type: 'string', default: '10000' },
    rounds: { type: 'string', default: '3' },
    bin: { type: 'boolean', default: false },
    json: { type: 'string' },
  },
})
const job = options.bin ? 'empty the bin' : 'collect'
const deletions = Number(options.delete)
const stores = { small: Number(options.small), large: Number(options.large) }

const rounds = []
for (let round = 0; round < Number(options.rounds); round++) {
  const results = {}
  for (const name of round % 2 === 0 ? ['small', 'large'] : ['large', 'small']) {
    log(`round ${round + 1}: ${stores[name]} images`)
    results[name] = await measure(stores[name])
    log(JSON.stringify(results[name]))
  }
  rounds.push(results)
}

const median = values => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)]
const of = (name, key) => median(rounds.map(round => round[name][key]))
const ratio = (a, b) => `${(a / b).toFixed(2)}x`
const p99 = name => median(rounds.map(({ [name]: one }) => one.busy.p99 / one.idle.p99))
const line = (name, key, unit) =>
  `| ${name} | ${of('small', key).toFixed(2)} ${unit} | ${of('large', key).toFixed(2)} ${unit} |`
const latency = (name, when) => {
  const pick = key => median(rounds.map(round => round[name][when][key])).toFixed(2)
  return `${pick('p50')} / ${pick('p99')} ms`
}
console.log(`${deletions} images deleted, median of ${options.rounds} rounds, Node ${process.version}, berthd ${LIFTED.join(' ')}

| | of ${stores.small} | of ${stores.large} |
|---|---|---|
${line('delete', 'deleteSeconds', 's')}
${line(job, 'collectSeconds', 's')}
| pull p50 / p99, idle | ${latency('small', 'idle')} | ${latency('large', 'idle')} |
| pull p50 / p99, meanwhile | ${latency('small', 'busy')} | ${latency('large', 'busy')} |

${job}, large store over small: ${ratio(of('large', 'collectSeconds'), of('small', 'collectSeconds'))} (target <= 1.3x)
pull p99 meanwhile, over idle: ${p99('small').toFixed(2)}x and ${p99('large').toFixed(2)}x (target <= 1.5x)`)
if (options.json) writeFileSync(options.json, JSON.stringify({ options, rounds }, null, 2))

async function measure(images) {
  const first = await startBerth()
  const client = controlClient(first)
  const { registries } = await client.send(new DescribeRegistriesCommand({}))
  client.destroy()
  const accountId = registries?.[0]?.registryId
  await first.stop({ keep: true })
  const { folder } = first
  /** @type {Awaited<ReturnType<typeof launchBerth>> | undefined} */
  let server
  try {
    const digests = addImages(folder, { accountId, images, withFiles: deletions })
    // Without a bin, and with blobs that nobody leases, all bytes may go in the next pass.
    const settings = ['--bin-days', options.bin ? '7' : '0', '--collect-seconds', String(COLLECT_SECONDS)]
    server = await launchBerth({ folder, settings })
    await sleep(1000)
    const deleteSeconds = await timed(() => deleteAll(server, digests))
    if (options.bin) endTimeInBin(folder)
    await sleep(REST_SECONDS * 1000)
    const queue = openQueue(folder, options.bin ? 'bin' : 'bytes')
    const target = { ...first, ...server }
    const idle = await pulling(target, async start => {
      await sleep(1000)
      start()
      await sleep(IDLE_SECONDS * 1000)
      if (queue.hasBegun()) throw new Error('the pass began too soon: the machine is too slow for COLLECT_SECONDS')
    })
    let collectSeconds
    const busy = await pulling(target, async start => {
      while (!queue.hasBegun()) await sleep(POLL_MS)
      start()
      collectSeconds = await timed(async () => {
        while (!queue.isEmpty()) await sleep(POLL_MS)
      })
    })
    queue.close()
    return { deleteSeconds, collectSeconds, idle, busy }
  } finally {
    await server?.stop()
  }
}

async function deleteAll(server, digests) {
  const client = controlClient(server)
  const calls = []
  for (let start = 0; start < digests.length; start += IDS_PER_CALL)
    calls.push(digests.slice(start, start + IDS_PER_CALL).map(imageDigest => ({ imageDigest })))
  const work = async () => {
    for (let imageIds = calls.pop(); imageIds !== undefined; imageIds = calls.pop()) {
      const { failures } = await client.send(new BatchDeleteImageCommand({ repositoryName: 'bulk-0', imageIds }))
      if (failures === undefined || failures.length > 0) throw new Error(JSON.stringify(failures))
    }
  }
  await Promise.all(Array.from({ length: CALLS_AT_ONCE }, work))
  client.destroy()
}

async function pulling(server, during) {
  const child = spawn(process.execPath, [LATENCY, JSON.stringify(server)], { stdio: ['pipe', 'pipe', 'inherit'] })
  const printed = text(child.stdout)
  await during(() => child.stdin.write('start\n'))
  child.stdin.end('stop\n')
  await once(child, 'close')
  return JSON.parse(await printed)
}

async function timed(work) {
  const start = performance.now()
  await work()
  return (performance.now() - start) / 1000
}

function log(message) {
  console.error(message)
}
