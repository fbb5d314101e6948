// Debian's PostgreSQL with a data folder of its own under the temporary folder. Commits are synced, as by default.

import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { chownSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import pg from 'pg'
import { freePort } from './free-port.mjs'
import { cpuSeconds } from './process-cost.mjs'

const PROGRAMS = '/usr/lib/postgresql'
/** `nobody`: PostgreSQL refuses to be run by root. */
const UNPRIVILEGED = { uid: 65_534, gid: 65_534 }
const START_SECONDS = 60

/** What differs from PostgreSQL's own defaults in every server. */
const SETTINGS = { listen_addresses: '127.0.0.1', unix_socket_directories: '', log_min_messages: 'panic' }

/** The folder of the newest release's programs; undefined where there is none. */
export function findPrograms() {
  const releases = existsSync(PROGRAMS) ? readdirSync(PROGRAMS) : []
  return releases
    .sort((a, b) => Number(b) - Number(a))
    .map(release => join(PROGRAMS, release, 'bin'))
    .find(folder => existsSync(join(folder, 'initdb')))
}

/**
 * A server that is up, with PostgreSQL's defaults but for `settings`. `stop` ends it and removes its files; `goCold`
 * starts it again with nothing in memory.
 */
export async function startPostgres(programs, settings = {}) {
  const folder = mkdtempSync(join(tmpdir(), 'berth-postgres-'))
  const data = join(folder, 'data')
  const user = process.getuid?.() === 0 ? UNPRIVILEGED : {}
  if (user.uid !== undefined) chownSync(folder, user.uid, user.gid)
  /** @type {import('node:child_process').SpawnOptions & import('node:child_process').SpawnSyncOptions} */
  const how = { cwd: folder, stdio: ['ignore', 'ignore', 'inherit'], ...user }
  const port = await freePort()
  let server

  const url = database => `postgres://berth@127.0.0.1:${port}/${database}`

  async function start() {
    const options = Object.entries({ ...SETTINGS, ...settings, port })
    const args = options.flatMap(([name, value]) => ['-c', `${name}=${value}`])
    server = spawn(join(programs, 'postgres'), ['-D', data, ...args], how)
    process.once('exit', kill)
    const giveUp = Date.now() + START_SECONDS * 1000
    for (;;) {
      const client = new pg.Client({ connectionString: url('postgres') })
      try {
        await client.connect()
        await client.end()
        return
      } catch (error) {
        if (Date.now() > giveUp || server.exitCode !== null) throw error
        await sleep(50)
      }
    }
  }

  async function end() {
    process.removeListener('exit', kill)
    if (server === undefined || server.exitCode !== null) return
    const exited = once(server, 'exit')
    server.kill('SIGINT')
    await exited
  }

  const kill = () => {
    server.kill('SIGKILL')
    rmSync(folder, { recursive: true, force: true, maxRetries: 20 })
  }

  const stop = async () => {
    await end()
    rmSync(folder, { recursive: true, force: true })
  }

  try {
    const locale = ['--encoding=UTF8', '--locale=C.UTF-8']
    const made = spawnSync(join(programs, 'initdb'), ['-D', data, '--username=berth', '--auth=trust', ...locale], how)
    if (made.status !== 0) throw new Error(`initdb ended with ${made.status}`)
    await start()
  } catch (error) {
    await stop()
    throw error
  }

  return {
    url,
    stop,
    /** CPU seconds of the server's processes that there are now. */
    cpuSeconds: () => [server.pid, ...childrenOf(server.pid)].reduce((sum, pid) => sum + cpuSeconds(pid), 0),
    async goCold() {
      await end()
      // Only these files leave the page cache: the machine is others', too.
      for (const file of readdirSync(data, { recursive: true, withFileTypes: true })) {
        if (!file.isFile()) continue
        const path = join(file.parentPath ?? file.path, file.name)
        spawnSync('dd', [`if=${path}`, 'iflag=nocache', 'count=0', 'status=none'], { stdio: 'ignore' })
      }
      await start()
    },
  }
}

function childrenOf(pid) {
  return readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ')
}
