// This file imports nothing of the project: it is taken by itself to try other programs on Swift.
import { type ChildProcess, spawn } from 'node:child_process'
import { accessSync, constants, rmSync } from 'node:fs'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir, userInfo } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'

const START_SECONDS = 120
const PROGRAMS = {
  memcached: '/usr/bin/memcached',
  account: '/usr/bin/swift-account-server',
  container: '/usr/bin/swift-container-server',
  object: '/usr/bin/swift-object-server',
  proxy: '/usr/bin/swift-proxy-server',
  python: '/usr/bin/python3',
} as const
const STORES = ['account', 'container', 'object'] as const

/** An S3 server of a test's own on loopback: OpenStack Swift with its s3api, on one device in a temporary folder. */
export interface SwiftServer extends AsyncDisposable {
  readonly endpoint: string
  readonly region: string
  readonly credentials: { readonly accessKeyId: string; readonly secretAccessKey: string }
  /** The ids of all its processes. */
  readonly pids: readonly number[]
}

/** Why Swift cannot be started here; undefined when it can. */
export function lacksSwift(): string | undefined {
  for (const path of Object.values(PROGRAMS)) {
    try {
      accessSync(path, constants.X_OK)
    } catch {
      return `needs ${path}: apt-get install swift-proxy swift-account swift-container swift-object memcached`
    }
  }
  return undefined
}

/** Starts Swift. The temporary folder must be on a file system with extended attributes, such as ext4. */
export async function startSwift(): Promise<SwiftServer> {
  const folder = await mkdtemp(join(tmpdir(), 'berth-swift-'))
  const claimed = await Promise.all(Array.from({ length: 5 }, claimPort))
  const daemons: Daemon[] = []
  const abandon = () => {
    for (const daemon of daemons) daemon.kill()
    rmSync(folder, { recursive: true, force: true, maxRetries: 20 })
  }
  process.once('exit', abandon)
  const dispose = async () => {
    process.removeListener('exit', abandon)
    for (const daemon of daemons) daemon.kill()
    await Promise.all(daemons.map(daemon => daemon.ended))
    await rm(folder, { recursive: true, force: true })
    await Promise.all(claimed.map(({ release }) => release()))
  }
  try {
    const [memcached = 0, proxy = 0, account = 0, container = 0, object = 0] = claimed.map(({ port }) => port)
    const ports: Ports = { memcached, proxy, account, container, object }
    await configure(folder, ports)
    daemons.push(
      startDaemon(PROGRAMS.memcached, ['-l', '127.0.0.1', '-p', `${ports.memcached}`, '-U', '0', '-u', user()]),
      ...[...STORES, 'proxy' as const].map(name => startDaemon(PROGRAMS[name], [join(folder, `${name}.conf`)])),
    )
    const endpoint = `http://127.0.0.1:${ports.proxy}`
    await untilHealthy(endpoint, ports, daemons)
    return {
      endpoint,
      region: 'us-east-1',
      credentials: { accessKeyId: 'test:tester', secretAccessKey: 'testing' },
      pids: daemons.flatMap(({ pid }) => pid ?? []),
      [Symbol.asyncDispose]: dispose,
    }
  } catch (error) {
    await dispose()
    throw error
  }
}

const user = () => userInfo().username

type Ports = Readonly<Record<'memcached' | 'proxy' | (typeof STORES)[number], number>>

async function configure(folder: string, ports: Ports): Promise<void> {
  await mkdir(join(folder, 'devices', 'd1'), { recursive: true })
  const common = (port: number) => `[DEFAULT]
bind_ip = 127.0.0.1
bind_port = ${port}
workers = 0
user = ${user()}
swift_dir = ${folder}
devices = ${join(folder, 'devices')}
mount_check = false
log_address = ${join(folder, 'no-syslog')}
log_level = ERROR
`
  const cache = `[filter:cache]
use = egg:swift#memcache
memcache_servers = 127.0.0.1:${ports.memcached}
`
  // Listings are read right after writes, so a write waits for its container even on a busy machine.
  const stores = { account: '', container: '', object: 'container_update_timeout = 60\n' }
  const files: Record<string, string> = {
    'swift.conf': `[swift-hash]
swift_hash_path_suffix = berth
[storage-policy:0]
name = only
default = yes
`,
    'proxy.conf': `${common(ports.proxy)}
[pipeline:main]
pipeline = catch_errors healthcheck cache s3api tempauth slo proxy-server
[app:proxy-server]
use = egg:swift#proxy
account_autocreate = true
node_timeout = 60
[filter:catch_errors]
use = egg:swift#catch_errors
[filter:healthcheck]
use = egg:swift#healthcheck
[filter:s3api]
use = egg:swift#s3api
location = us-east-1
max_upload_part_num = 10000
[filter:tempauth]
use = egg:swift#tempauth
user_test_tester = testing .admin
[filter:slo]
use = egg:swift#slo
max_manifest_segments = 10000
${cache}`,
  }
  for (const store of STORES) {
    files[`${store}.conf`] = `${common(ports[store])}${stores[store]}
[pipeline:main]
pipeline = healthcheck ${store}-server
[app:${store}-server]
use = egg:swift#${store}
[filter:healthcheck]
use = egg:swift#healthcheck
`
  }
  for (const [name, text] of Object.entries(files)) await writeFile(join(folder, name), text)
  const rings = startDaemon(PROGRAMS.python, ['-c', RINGS, folder, ...STORES.map(store => `${ports[store]}`)])
  await rings.ended
  if (rings.exitCode() !== 0) throw new Error(`Swift's rings cannot be built\n${rings.log()}`)
}

/** Three rings of one device each, by one process: `swift-ring-builder` would take nine. */
const RINGS = `
import sys
from swift.common.ring import RingBuilder
folder, *ports = sys.argv[1:]
for ring, port in zip(('account', 'container', 'object'), ports):
    builder = RingBuilder(2, 1, 0)
    builder.add_dev({'id': 0, 'region': 1, 'zone': 1, 'ip': '127.0.0.1', 'port': int(port), 'device': 'd1', 'weight': 1})
    builder.rebalance()
    builder.get_ring().save('%s/%s.ring.gz' % (folder, ring))
`

interface Daemon {
  /** The id of the process; undefined when the program could not be run. */
  readonly pid: number | undefined
  readonly ended: Promise<void>
  readonly exitCode: () => ChildProcess['exitCode']
  /** What the program has written so far, to both streams. */
  readonly log: () => string
  kill(): void
}

function startDaemon(program: string, args: readonly string[]): Daemon {
  const child = spawn(program, args, { env: { PATH: '/usr/bin:/bin' }, stdio: ['ignore', 'pipe', 'pipe'] })
  let log = `$ ${program}\n`
  const keep = (text: unknown) => {
    log = `${log}${text}`.slice(-10_000)
  }
  child.stdout.on('data', keep)
  child.stderr.on('data', keep)
  child.once('error', keep)
  const ended = new Promise<void>(resolve => {
    child.once('error', () => resolve()).once('close', () => resolve())
  })
  return {
    pid: child.pid,
    ended,
    exitCode: () => child.exitCode,
    log: () => log,
    kill: () => void child.kill('SIGKILL'),
  }
}

async function untilHealthy(endpoint: string, ports: Ports, daemons: readonly Daemon[]): Promise<void> {
  const deadline = Date.now() + START_SECONDS * 1000
  const checks = [endpoint, ...STORES.map(store => `http://127.0.0.1:${ports[store]}`)]
  for (const base of checks) {
    while (!(await isHealthy(base))) {
      if (daemons.some(daemon => daemon.exitCode() !== null) || Date.now() > deadline)
        throw new Error(`Swift does not start\n${daemons.map(daemon => daemon.log()).join('\n')}`)
      await sleep(100)
    }
  }
}

async function isHealthy(base: string): Promise<boolean> {
  try {
    return (await fetch(`${base}/healthcheck`, { signal: AbortSignal.timeout(2000) })).ok
  } catch {
    return false
  }
}

/** Below the range from which systems take ports for connections and for servers that ask for any. */
const PORTS = { first: 15_000, count: 15_000 }

/** A port of the loopback that no other test of this machine uses until it is released. */
export interface ClaimedPort {
  readonly port: number
  release(): Promise<void>
}

/**
 * Claims a port for a program that binds it later, or again after it has ended. A claim is a folder, which one process
 * can make.
 */
export async function claimPort(): Promise<ClaimedPort> {
  const folder = join(tmpdir(), 'berth-ports')
  await mkdir(folder, { recursive: true })
  for (;;) {
    const port = PORTS.first + Math.floor(Math.random() * PORTS.count)
    const claim = join(folder, String(port))
    const release = () => rm(claim, { recursive: true, force: true })
    const isClaimed = await mkdir(claim).then(
      () => true,
      (error: NodeJS.ErrnoException) => {
        if (error.code !== 'EEXIST') throw error
        return false
      },
    )
    if (!isClaimed) continue
    if (await isFree(port)) return { port, release }
    await release() // another program has it
  }
}

function isFree(port: number): Promise<boolean> {
  return new Promise(resolve => {
    const server = createServer()
    server.once('error', () => resolve(false))
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)))
  })
}
