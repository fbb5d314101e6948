// Asks for one manifest again and again, a few requests at a time, until it is told to stop (a line on standard input),
// and prints how long the answers took. A process of its own, so that nothing else delays what it measures.

import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import { openConnection } from './http.mjs'

const CONNECTIONS = 4
const PAUSE_MS = 4

const target = JSON.parse(process.argv[2])
const headers = { accept: target.manifestType, authorization: target.authorization }
const times = []
let stopped = false
once(process.stdin, 'data').then(() => {
  stopped = true
  process.stdin.destroy()
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
