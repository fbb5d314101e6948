import { randomBytes, randomUUID } from 'node:crypto'
import { cp, mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { claimPort } from '../../testing/ports.ts'
import { type AlternatingProxy, startAlternatingProxy } from './alternating-proxy.ts'
import { embeddedStores } from './embedded-stores.ts'
import { launch, type Server } from './server-process.ts'
import { createDatabase, type SharedStorage, storageEnvironment } from './shared-storage.ts'
import { copyObjects, sharedStores } from './shared-stores.ts'
import type { Stores } from './stores.ts'

/** What each server of a registry is started with. */
export interface DeployOptions {
  readonly env?: Readonly<Record<string, string>>
  readonly args?: readonly string[]
  /** How many files each server may have open (`ulimit -n`). */
  readonly openFiles?: number
  /** What the servers run to begin with, in the place of the built program. */
  readonly program?: string | undefined
}

/** The processes of a registry, behind one address that survives restarts. */
export interface Deployment {
  readonly url: string
  /** The data folder of the server that started first, which wrote the first credentials. */
  readonly dataDir: string
  /** What `berthd admin` needs to find the stores: arguments and environment. */
  readonly settings: readonly string[]
  readonly env: Readonly<Record<string, string>>
  readonly stores: Stores
  pid(): number
  output(): string
  end(signal: 'SIGTERM' | 'SIGKILL'): Promise<void>
  signal(signals: readonly NodeJS.Signals[]): Promise<number | NodeJS.Signals | null>
  start(): Promise<void>
  /** The servers that run, or ran last. One that is started again may have another port. */
  readonly servers: readonly Server[]
  /** Kills one of the servers with SIGKILL. No request goes there until it is started again. */
  killOne(index: number): Promise<void>
  startOne(index: number): Promise<void>
  /**
   * Keeps requests away from one of the servers, stops it with SIGTERM, and starts a program in its place: the built
   * one unless it is named.
   */
  replaceOne(index: number, program?: string): Promise<void>
  /** Frees everything. The servers must have ended. */
  close(): Promise<void>
  /** Starts the same kind of registry on a copy of what this one keeps. The servers of this one must have ended. */
  copy(dataDir: string, options: DeployOptions): Promise<Deployment>
}

/** Starts one server on files of its own. */
export async function deployAlone(dataDir: string, options: DeployOptions): Promise<Deployment> {
  const { port, release } = await claimPort()
  let { program } = options
  const start = () => launch({ ...options, dataDir, program, port: String(port) })
  let server = await start().catch(async error => {
    await release()
    throw error
  })
  const { url } = server
  const startAgain = async () => {
    server = await start()
  }
  return {
    ...{ url, dataDir, env: {}, settings: ['--data-dir', dataDir], start: startAgain, startOne: startAgain },
    stores: embeddedStores(dataDir),
    get servers() {
      return [server]
    },
    killOne: () => server.end('SIGKILL'),
    async replaceOne(_, next) {
      await server.end('SIGTERM')
      program = next
      await startAgain()
    },
    pid: () => server.pid,
    output: () => server.output(),
    end: signal => server.end(signal),
    signal: signals => server.signal(signals),
    close: release,
    async copy(folder, options) {
      await cp(dataDir, folder, { recursive: true })
      return deployAlone(folder, options)
    },
  }
}

/** What a registry of several servers keeps outside their folders. */
interface Kept {
  readonly databaseUrl: string
  readonly prefix: string
  readonly secretKey: string
}

/** Starts two servers on one database and one bucket. Requests go to them in turn. */
export async function deployReplicas(
  folder: string,
  options: DeployOptions,
  storage: SharedStorage,
): Promise<Deployment> {
  const secretKey = randomBytes(32).toString('hex')
  return deployOn(
    { databaseUrl: await createDatabase(storage), prefix: randomUUID(), secretKey },
    folder,
    options,
    storage,
  )
}

async function deployOn(
  kept: Kept,
  folder: string,
  { args = [], env = {}, openFiles, program }: DeployOptions,
  storage: SharedStorage,
): Promise<Deployment> {
  const environment = { ...storageEnvironment(storage, kept), BERTH_SECRET_KEY: kept.secretKey, ...env }
  const proxy: AlternatingProxy = await startAlternatingProxy()
  const { url } = proxy
  const behindProxy = ['--registry-host', new URL(url).host, '--public-url', url]
  const servers: Server[] = []
  const folders = [join(folder, 'replica-1'), join(folder, 'replica-2')]
  const programs = folders.map(() => program)
  const startOne = async (index: number) => {
    const dataDir = folders[index] ?? folder
    await mkdir(dataDir, { recursive: true })
    const more = { program: programs[index], args: [...behindProxy, ...args], env: environment, openFiles }
    const server = await launch({ dataDir, port: '0', ...more })
    servers[index] = server
    proxy.setTarget(index, server.url)
  }
  const start = async () => {
    // The first one makes the first account.
    for (const index of folders.keys()) await startOne(index)
  }
  const dataDir = folders[0] ?? folder
  const deployment: Deployment = {
    ...{ url, dataDir, env: environment, settings: ['--data-dir', dataDir], servers, startOne, start },
    stores: sharedStores(kept.databaseUrl, { ...storage, prefix: kept.prefix }),
    async killOne(index) {
      await servers[index]?.end('SIGKILL')
      proxy.setTarget(index, undefined)
    },
    async replaceOne(index, next) {
      proxy.setTarget(index, undefined)
      await servers[index]?.end('SIGTERM')
      programs[index] = next
      await startOne(index)
    },
    pid: () => servers[0]?.pid ?? Number.NaN,
    output: () => servers.map(server => server.output()).join('\n'),
    async end(signal) {
      await Promise.all(servers.map(server => server.end(signal)))
    },
    async signal(signals) {
      const [first = null] = await Promise.all(servers.map(server => server.signal(signals)))
      return first
    },
    close: () => proxy.close(),
    async copy(other, options) {
      const databaseUrl = await createDatabase(storage, kept.databaseUrl)
      const prefix = randomUUID()
      await copyObjects({ ...storage, prefix: kept.prefix }, prefix)
      await cp(folder, other, { recursive: true })
      return deployOn({ ...kept, databaseUrl, prefix }, other, options, storage)
    },
  }
  try {
    await start()
    return deployment
  } catch (error) {
    await deployment.end('SIGKILL')
    await proxy.close()
    throw error
  }
}
