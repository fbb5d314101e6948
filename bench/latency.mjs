// Asks for one manifest again and again, a few requests at a time, and prints how long the answers took between the
// lines `start` and `stop` on its standard input. A process of its own, so that nothing else delays what it measures.

import { createInterface } from 'node:readline'
import { setTimeout as sleep } from 'node:timers/promises'
import { openConnection } from './http.mjs'

const CONNECTIONS = 4
const PAUSE_MS = 4

const target = JSON.parse(process.argv[2] ?? '{}')
const headers = { accept: target.manifestType, authorization: target.authorization }
let times = []
let stopped = false
createInterface({ input: process.stdin }).on('line', line => {
  if (line === 'start') times = []
  else stopped = true
})

await Promise.all(Array.from({ length: CONNECTIONS }, ask))
times.sort((a, b) => a - b)
const at = share => times[Math.min(times.length - 1, Math.floor(times.length * share))]
console.log(JSON.stringify({ requests: times.length, p50: at(0.5), p99: at(0.99), worst: times.at(-1) }))

async function ask() {
  const connection = await openConnection(target)
  while (!stopped) {
    const start = performance.now()
    const { status } = await connection.request('GET', target.manifestPath, headers)
    if (status !== 200) throw new Error(`the server answered ${status}`)
    times.push(performance.now() - start)
    await sleep(PAUSE_MS)
  }
  connection.close()
}
