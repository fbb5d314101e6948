// npm run bench:scale: berth's hot queries on PostgreSQL, in a small store and in a very large one. See README.md.

import { writeFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import pg from 'pg'
import { openPostgresMetadata } from '../packages/server/dist/adapters/metadata-postgres/open-postgres-metadata.js'
import { findPrograms, startPostgres } from './postgres.mjs'
import { fill, sizes } from './scale-fill.mjs'
import { plansOf } from './scale-plans.mjs'
import { hotQueries } from './scale-queries.mjs'

/** Small and large take turns, so that whatever else the machine does meets both. */
const TURNS = 4
const COLD_CALLS = 50
const TARGET = 1.5

/** The log is kept minimal so that a fill is written once, not twice. */
const SETTINGS = {
  shared_buffers: '1GB',
  maintenance_work_mem: '1GB',
  work_mem: '64MB',
  wal_level: 'minimal',
  max_wal_senders: 0,
  max_wal_size: '16GB',
  checkpoint_timeout: '30min',
  autovacuum: 'off',
}

const { values: options } = parseArgs({
  options: {
    small: { type: 'string', default: '10000' },
    large: { type: 'string', default: '10000000' },
    'manifest-bytes': { type: 'string', default: '1024' },
    json: { type: 'string' },
  },
})
const manifestBytes = Number(options['manifest-bytes'])
const programs = findPrograms()
if (programs === undefined) {
  console.error("there is no PostgreSQL: install Debian's package postgresql")
  process.exit(1)
}

// An end by a signal is an exit like others, at which the server goes with its files.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.once(signal, () => process.exit(1))
const server = await startPostgres(programs, SETTINGS)
try {
  const small = await makeStore('small', Number(options.small))
  const large = await makeStore('large', Number(options.large))
  const results = []
  for (const name of Object.keys(small.queries)) {
    const result = { name, ...(await compare(name, small, large)) }
    log(JSON.stringify({ ...result, plans: undefined }))
    results.push(result)
  }
  await Promise.all([small.metadata.close(), large.metadata.close()])
  await server.goCold()
  await firstCalls(results, large)
  report(results, small, large)
  if (options.json) writeFileSync(options.json, JSON.stringify({ options, results, small, large }, null, 2))
} finally {
  await server.stop()
}

/** A database with berth's tables, full, and berth's queries on it. */
async function makeStore(name, images) {
  log(`${name}: ${images} images`)
  const admin = new pg.Client({ connectionString: server.url('postgres') })
  await admin.connect()
  await admin.query(`create database ${name} template template0`)
  await admin.end()
  const url = server.url(name)
  const metadata = await openPostgresMetadata({ url })
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  const start = performance.now()
  await fill(client, { images, manifestBytes, log })
  log(`  filled in ${((performance.now() - start) / 1000).toFixed(0)} s`)
  const tables = await sizes(client)
  await client.end()
  return { images, url, tables, metadata, queries: hotQueries(metadata) }
}

/** Milliseconds a call in both stores, on images that were asked for before, and the plans. */
async function compare(name, small, large) {
  const times = { small: [], large: [] }
  const cpu = { small: { berth: 0, postgres: 0 }, large: { berth: 0, postgres: 0 } }
  const stores = Object.entries({ small, large })
  const { calls } = small.queries[name]
  const keys = Object.fromEntries(stores.map(([store, { images }]) => [store, randomImages(calls, images)]))
  for (const [store, { queries }] of stores) await run(queries[name], keys[store])
  for (let turn = 0; turn < TURNS; turn++) {
    for (const [store, { queries }] of turn % 2 === 0 ? stores : stores.toReversed()) {
      const part = keys[store].slice((turn * calls) / TURNS, ((turn + 1) * calls) / TURNS)
      const before = cpuSeconds()
      times[store].push(...(await run(queries[name], part)))
      const after = cpuSeconds()
      for (const side of ['berth', 'postgres']) cpu[store][side] += (after[side] - before[side]) / calls
    }
  }
  const plans = {}
  for (const [store, { queries }] of stores) plans[store] = await plansOf(() => run(queries[name], [keys[store][0]]))
  return {
    small: { ...summary(times.small), cpu: cpu.small },
    large: { ...summary(times.large), cpu: cpu.large },
    plans,
  }
}

/**
 * Adds milliseconds a call on images all over the large store, when neither PostgreSQL nor the system had read any of
 * it at the beginning. What queries have in common, such as the upper pages of indexes, is cold for the first of them
 * only.
 */
async function firstCalls(results, { url, images }) {
  const metadata = await openPostgresMetadata({ url })
  const queries = hotQueries(metadata)
  for (const result of results) result.cold = summary(await run(queries[result.name], randomImages(COLD_CALLS, images)))
  await metadata.close()
}

async function run({ prepare, call }, keys) {
  const times = []
  for (const key of keys) {
    const prepared = await prepare?.(key)
    const start = performance.now()
    await call(key, prepared)
    times.push(performance.now() - start)
  }
  return times
}

function randomImages(count, images) {
  return Array.from({ length: count }, () => 1 + Math.floor(Math.random() * images))
}

/** Of this process, which is berth here, and of PostgreSQL's; what `prepare` costs is counted, too. */
function cpuSeconds() {
  const { user, system } = process.cpuUsage()
  return { berth: (user + system) / 1e6, postgres: server.cpuSeconds() }
}

function summary(times) {
  const sorted = times.toSorted((a, b) => a - b)
  const at = share => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))]
  return { p50: at(0.5), p99: at(0.99) }
}

function report(results, small, large) {
  const ms = ({ p50, p99 }) => `${p50.toFixed(2)} / ${p99.toFixed(2)}`
  const microseconds = seconds => Math.round(seconds * 1e6)
  const ratio = result => result.large.p50 / result.small.p50
  const pages = plans => plans.reduce((sum, plan) => sum + plan.pages, 0)
  const rows = results.map(result => [
    result.name,
    ms(result.small),
    ms(result.large),
    `${ratio(result).toFixed(2)}x`,
    `${pages(result.plans.small)} / ${pages(result.plans.large)}`,
    ms(result.cold),
    `${microseconds(result.large.cpu.berth)} + ${microseconds(result.large.cpu.postgres)}`,
  ])
  console.log(`${small.images} and ${large.images} images, PostgreSQL of ${programs}, Node ${process.version}

${table(['p50 / p99 in ms', 'small', 'large', 'ratio of p50', 'pages, small / large', 'large, cold', 'CPU in µs'], rows)}

${table(['table', 'rows', 'bytes a row', 'with indexes', 'bytes an image, with indexes'], weights(large))}
`)
  const slow = results.filter(result => ratio(result) > TARGET).map(({ name }) => name)
  console.log(`not flat within ${TARGET}x: ${slow.join(', ') || 'none'}`)
  const faults = results.flatMap(({ name, plans }) =>
    Object.values(plans).flatMap(list => list.flatMap(plan => plan.faults.map(fault => `${name}: ${fault}`))),
  )
  console.log(`plans that are not index reads: ${[...new Set(faults)].join('; ') || 'none'}`)
}

function weights({ tables, images }) {
  return tables.map(({ name, rows, tableBytes, indexBytes }) => {
    const all = tableBytes + indexBytes
    return [name, rows, ...[tableBytes / rows, all / rows, all / images].map(Math.round)]
  })
}

function table(head, rows) {
  return [head, head.map(() => '---'), ...rows].map(row => `| ${row.join(' | ')} |`).join('\n')
}

function log(message) {
  console.error(message)
}
