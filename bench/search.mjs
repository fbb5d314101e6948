// npm run bench:search: what a search costs among 1,000 and 100,000 repositories, on SQLite and PostgreSQL, and how
// soon pages begin. See README.md.

import { mkdtempSync, rmSync } from 'node:fs'
import { Agent, request as ask } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import pg from 'pg'
import { openPostgresMetadata } from '../packages/server/dist/adapters/metadata-postgres/open-postgres-metadata.js'
import { openDatabase } from '../packages/server/dist/adapters/metadata-sqlite/load-sqlite.js'
import { openSqliteMetadata } from '../packages/server/dist/adapters/metadata-sqlite/open-sqlite-metadata.js'
import { layout } from '../packages/server/dist/http/gallery/pages/layout.js'
import { readSearch, searchPage } from '../packages/server/dist/http/gallery/pages/search.js'
import { FactsOfImages } from '../packages/server/dist/registry/gallery/facts-of-images.js'
import { searchRepositories } from '../packages/server/dist/registry/gallery/search.js'
import { findPrograms, startPostgres } from './postgres.mjs'
import { fillSearch, repositoryOf } from './search-fill.mjs'
import { launchBerth, startBerth } from './servers.mjs'
import { fillTags, PATH } from './tags-fill.mjs'

const SIZES = [1_000, 100_000]
const TAGS = 1_000
const LOOP_MS = 20
const ALL_MS = 50

const { values: options } = parseArgs({
  options: {
    calls: { type: 'string', default: '60' },
    engine: { type: 'string', default: 'all' },
    sizes: { type: 'string', default: SIZES.join(',') },
    'first-byte': { type: 'string', default: 'true' },
  },
})
const calls = Number(options.calls)
const sizes = options.sizes.split(',').map(Number)

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.once(signal, () => process.exit(1))

/** What people look for: each is a query of `/-/search`. */
function searches(size) {
  const { alias, name } = repositoryOf(Math.floor(size / 2))
  const common = 'image container server'
  return {
    everything: {},
    'everything, pushed last': { sort: 'pushed' },
    'everything on linux': { os: 'linux' },
    'everything on windows and amd64': { os: 'windows', arch: 'amd64' },
    'an exact name': { q: name },
    'an exact path': { q: `${alias}/${name}` },
    'a publisher': { q: alias },
    'two letters': { q: 'im' },
    'a common word': { q: 'image' },
    'a common word, by name': { q: 'image', sort: 'name' },
    'a common word, pushed last': { q: 'image', sort: 'pushed' },
    'a common word, verified': { q: 'image', verified: 'true' },
    'a common word on s390x': { q: 'image', arch: 's390x' },
    'a common word on windows and arm64': { q: 'image', os: 'windows', arch: 'arm64' },
    'three common words': { q: common },
    'eight common words': { q: `${common} for the with docker linux` },
    'a common and a rare word': { q: 'image w3k' },
    'a rare word': { q: 'w3k' },
    'a part of common names': { q: 'porter' },
    'a part of common names on windows': { q: 'porter', os: 'windows' },
    'a beginning of common names on s390x': { q: 'ap', arch: 's390x' },
    'the last page': { q: 'image', after: '4990' },
    'nothing that is there': { q: 'xyzzy plugh' },
    'five hundred characters': { q: `${'image-'.repeat(83)}im` },
  }
}

/**
 * Milliseconds of searches with their page. The first ones warm up.
 *
 * @param {import('../packages/server/dist/ports/metadata-store.js').MetadataStore} metadata
 * @param {number} size
 */
async function measure(metadata, size) {
  /** @type {any} */
  const context = { metadata }
  const services = { context, mayRead: () => true, facts: new FactsOfImages(context) }
  /** @type {any} */
  const pageContext = { registryHost: 'bench', publicUrl: undefined, theme: 'auto', url: '/', mayBeSignedIn: false }
  const rows = []
  for (const [name, query] of Object.entries(searches(size))) {
    const times = []
    const loops = []
    let found = 0
    for (let call = -5; call < calls; call += 1) {
      const request = readSearch(new URLSearchParams(query))
      const before = performance.eventLoopUtilization()
      const start = performance.now()
      const results = await searchRepositories(services, 'nobody', request)
      layout(searchPage(results, request), pageContext)
      found = results.total
      if (call < 0) continue
      times.push(performance.now() - start)
      loops.push(performance.eventLoopUtilization(before).active)
      await new Promise(resolve => setImmediate(resolve))
    }
    rows.push({ name, found, ...percentiles(times), loop: percentiles(loops).p99 })
  }
  return rows
}

function percentiles(times) {
  times.sort((a, b) => a - b)
  return { median: times[Math.floor(times.length / 2)], p99: times[Math.ceil(times.length * 0.99) - 1] }
}

function report(title, rows, limit) {
  console.log(`\n${title}\n`)
  console.log('| search | found | median (ms) | p99 (ms) |\n|---|---|---|---|')
  for (const { name, found, median, p99 } of rows)
    console.log(`| ${name} | ${found} | ${median.toFixed(1)} | ${p99.toFixed(1)} |`)
  const worst = Math.max(...rows.map(({ p99 }) => p99))
  console.log(`\nworst p99 ${worst.toFixed(1)} ms: ${worst <= limit ? 'within' : 'MISSES'} ${limit} ms`)
}

async function onSqlite(file, size) {
  const metadata = await openSqliteMetadata({ file })
  const database = await openDatabase(file)
  database.exec('pragma busy_timeout = 60000')
  await timed(`filling SQLite with ${size}`, () => fillSearch(metadata, text => database.exec(text), size))
  database.close()
  // Each call is one turn of the event loop, since SQLite answers on the thread that asks.
  report(`SQLite, ${size} repositories`, await measure(metadata, size), LOOP_MS)
  await metadata.close()
}

async function onPostgres(url, size) {
  const metadata = await openPostgresMetadata({ url })
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  await timed(`filling PostgreSQL with ${size}`, () => fillSearch(metadata, text => client.query(text), size))
  await client.query('vacuum analyze')
  await client.end()
  const rows = await measure(metadata, size)
  report(`PostgreSQL, ${size} repositories`, rows, ALL_MS)
  const loop = Math.max(...rows.map(row => row.loop))
  console.log(`of these the event loop was at work ${loop.toFixed(1)} ms at most (p99)`)
  await metadata.close()
}

/** How long pages of a server of its own take to begin, among as many repositories. */
async function firstBytes(size) {
  const first = await startBerth({ settings: ['--gallery', 'true'] })
  await first.stop({ keep: true })
  const file = join(first.folder, 'berth.db')
  const metadata = await openSqliteMetadata({ file })
  const database = await openDatabase(file)
  database.exec('pragma busy_timeout = 60000')
  await timed(`filling a server with ${size}`, () => fillSearch(metadata, text => database.exec(text), size))
  await fillTags(metadata, TAGS)
  database.close()
  await metadata.close()
  const server = await launchBerth({ folder: first.folder })
  const tags = `/${PATH.alias}/${PATH.name}`
  const pages = {
    home: '/',
    publisher: '/team7',
    repository: `/${first.repository}`,
    'repository of many tags': tags,
    tags: `${tags}/-/tags`,
    'tags by name': `${tags}/-/tags?sort=name`,
    image: `/${first.repository}/-/image/latest`,
    'search for a common word': '/-/search?q=image',
  }
  try {
    console.log(`\nFirst byte, on SQLite with ${size} repositories\n`)
    console.log('| page | median (ms) | p99 (ms) |\n|---|---|---|')
    const agent = new Agent({ keepAlive: true, maxSockets: 1 })
    for (const [name, path] of Object.entries(pages)) {
      const times = []
      for (let call = -5; call < calls * 2; call += 1) {
        const time = await firstByte({ ...server, path, agent })
        if (call >= 0) times.push(time)
      }
      const { median, p99 } = percentiles(times)
      console.log(`| ${name} | ${median.toFixed(1)} | ${p99.toFixed(1)}${p99 > ALL_MS ? ' MISSES' : ''} |`)
    }
    agent.destroy()
  } finally {
    await server.stop()
  }
}

/** @returns {Promise<number>} */
function firstByte({ host, port, path, agent }) {
  return new Promise((resolve, reject) => {
    const start = performance.now()
    const sent = ask({ host, port, path, agent, headers: { accept: 'text/html' } }, answer => {
      const time = performance.now() - start
      answer
        .on('error', reject)
        .on('end', () => resolve(time))
        .resume()
      if (answer.statusCode !== 200) reject(new Error(`${path}: ${answer.statusCode}`))
    })
    sent.on('error', reject).end()
  })
}

async function timed(about, work) {
  const start = performance.now()
  await work()
  console.error(`${about}: ${((performance.now() - start) / 1000).toFixed(0)} s`)
}

if (options.engine !== 'postgres') {
  const folder = mkdtempSync(join(tmpdir(), 'berth-bench-search-'))
  try {
    for (const size of sizes) await onSqlite(join(folder, `${size}.db`), size)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}
const programs = findPrograms()
if (options.engine !== 'sqlite' && programs === undefined) console.error('without PostgreSQL: it is not installed')
if (options.engine !== 'sqlite' && programs !== undefined) {
  const server = await startPostgres(programs)
  try {
    for (const size of sizes) {
      const admin = new pg.Client({ connectionString: server.url('postgres') })
      await admin.connect()
      await admin.query(`create database search${size}`)
      await admin.end()
      await onPostgres(server.url(`search${size}`), size)
    }
  } finally {
    await server.stop()
  }
}
if (options['first-byte'] === 'true') await firstBytes(Math.max(...sizes))
