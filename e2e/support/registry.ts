import { type ChildProcess, spawn } from 'node:child_process'
import { access, mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { type Credentials, control, loginPassword } from './control.ts'
import { bareEnvironment, succeed } from './run.ts'

export const BERTHD = fileURLToPath(new URL('../../packages/server/dist/berthd.js', import.meta.url))
const START_SECONDS = 20
const STOP_SECONDS = 20
/** Two signals at once may arrive as one, and sooner than this count as one key press. */
const SIGNALS_APART_MS = 600
const EVERYTHING = JSON.stringify({
  Version: '2012-10-17',
  Statement: [{ Effect: 'Allow', Action: ['ecr-public:*', 'sts:GetServiceBearerToken'], Resource: '*' }],
})

export interface RegistryOptions {
  readonly env?: Readonly<Record<string, string>>
  readonly args?: readonly string[]
  /** An existing data directory, which is then left in place; by default a new one that goes with the registry. */
  readonly dataDir?: string
}

/** A running berthd: the built program in a process of its own, on a free loopback port that survives restarts. */
export interface Registry extends Credentials, AsyncDisposable {
  readonly url: string
  /** `127.0.0.1:PORT`, as it stands in an image's name. */
  readonly host: string
  readonly dataDir: string
  readonly accountId: string
  readonly alias: string
  readonly pid: () => number
  /** What the process that runs, or ran last, has printed. */
  readonly output: () => string
  /** Runs `berthd admin` on the data directory and returns the JSON it prints. */
  // biome-ignore lint/suspicious/noExplicitAny: untyped JSON, as a shell script would see it
  readonly admin: (...args: string[]) => Promise<any>
  /** Calls a control operation as the first user, or as another. @throws ControlError */
  // biome-ignore lint/suspicious/noExplicitAny: untyped JSON
  readonly control: (operation: string, input?: object, as?: Credentials) => Promise<any>
  /** A password for `docker login --username AWS`. */
  readonly password: (as?: Credentials) => Promise<string>
  /** A second account with one user, who may do everything that is the account's to allow, and that user's key. */
  readonly createAccount: (alias: string, userName?: string) => Promise<Account>
  /** SIGTERM; rejects unless the server drains and exits with 0. */
  readonly stop: () => Promise<void>
  /** SIGKILL: what a crash leaves behind. */
  readonly kill: () => Promise<void>
  /** Sends signals one after the other, and returns how the process ended: its exit code or its signal. */
  readonly signal: (...signals: NodeJS.Signals[]) => Promise<number | NodeJS.Signals | null>
  /** Stops the server unless it is down already, and starts it again on the same port and data. */
  readonly restart: () => Promise<void>
}

export interface Account extends Credentials {
  readonly accountId: string
  readonly alias: string
}

export async function startRegistry(options: RegistryOptions = {}): Promise<Registry> {
  await access(BERTHD).catch(() => {
    throw new Error('berthd is not built: npm run build')
  })
  const dataDir = options.dataDir ?? (await mkdtemp(join(tmpdir(), 'berth-e2e-')))
  let server = await launch(dataDir, '0', options)
  const { url } = server
  const { host, port } = new URL(url)

  const stop = () => server.end('SIGTERM')
  const dispose = async () => {
    try {
      await stop()
    } finally {
      if (options.dataDir === undefined) await rm(dataDir, { recursive: true, force: true })
    }
  }
  try {
    const credentials = await readCredentials(dataDir)
    const { registries } = await control(url, credentials, 'DescribeRegistries', {})
    const primary = registries[0].aliases.find((each: { primaryRegistryAlias: boolean }) => each.primaryRegistryAlias)
    const admin = async (...args: string[]) =>
      JSON.parse(await succeed(process.execPath, [BERTHD, 'admin', ...args, '--data-dir', dataDir]))
    return {
      url,
      host,
      dataDir,
      accountId: registries[0].registryId,
      alias: primary.name,
      ...credentials,
      pid: () => server.pid,
      output: () => server.output(),
      admin,
      control: (operation, input = {}, as = credentials) => control(url, as, operation, input),
      password: (as = credentials) => loginPassword(url, as),
      createAccount: async (alias, userName = 'admin') => {
        const { accountId } = await admin('account', 'create', '--alias', alias)
        await admin('user', 'create', '--account', accountId, '--name', userName)
        const policy = ['--name', 'everything', '--document', EVERYTHING]
        await admin('policy', 'put', '--account', accountId, '--user', userName, ...policy)
        const key = await admin('key', 'create', '--account', accountId, '--user', userName)
        return { accountId, alias, accessKeyId: key.accessKeyId, secretAccessKey: key.secretAccessKey }
      },
      stop,
      kill: () => server.end('SIGKILL'),
      signal: (...signals) => server.signal(signals),
      restart: async () => {
        await stop()
        server = await launch(dataDir, port, options)
      },
      [Symbol.asyncDispose]: dispose,
    }
  } catch (error) {
    await dispose()
    throw new Error(`${error}\nberthd said:\n${server.output()}`, { cause: error })
  }
}

interface Server {
  readonly url: string
  readonly pid: number
  readonly output: () => string
  /** Ends the process with a signal and waits for it; a server that is down already is left alone. */
  readonly end: (signal: 'SIGTERM' | 'SIGKILL') => Promise<void>
  readonly signal: (signals: readonly NodeJS.Signals[]) => Promise<number | NodeJS.Signals | null>
}

async function launch(dataDir: string, port: string, options: RegistryOptions): Promise<Server> {
  const args = ['serve', '--host', '127.0.0.1', '--port', port, '--data-dir', dataDir, ...(options.args ?? [])]
  const child = spawn(process.execPath, [BERTHD, ...args], {
    env: bareEnvironment(options.env),
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let text = ''
  const output = () => text
  const keep = (chunk: Buffer) => {
    text += chunk.toString()
  }
  child.stdout.on('data', keep)
  child.stderr.on('data', keep)
  const ended = new Promise<void>((resolve, reject) => {
    child.once('error', reject)
    child.once('close', () => resolve())
  })
  const url = await firstMatch(child, output, /berth is serving at (http:\/\/[^\s/]+)/)
  let endedBy: string | undefined
  return {
    url,
    pid: child.pid ?? Number.NaN,
    output,
    async signal(signals) {
      for (const signal of signals) {
        endedBy = signal
        child.kill(signal)
        await delay(SIGNALS_APART_MS)
      }
      await ended
      return child.exitCode ?? child.signalCode
    },
    async end(signal) {
      if (endedBy !== undefined) return
      endedBy = signal
      child.kill(signal)
      const giveUp = setTimeout(() => child.kill('SIGKILL'), STOP_SECONDS * 1000)
      await ended
      clearTimeout(giveUp)
      if (signal === 'SIGTERM' && child.exitCode !== 0) {
        throw new Error(`berthd did not drain: exit code ${child.exitCode}, signal ${child.signalCode}\n${text}`)
      }
    },
  }
}

/** Waits for the line that says where the server is; the process is ended when it does not come. */
function firstMatch(child: ChildProcess, output: () => string, pattern: RegExp): Promise<string> {
  return new Promise((resolve, reject) => {
    const fail = (why: string) => {
      child.kill('SIGKILL')
      reject(new Error(`berthd ${why}\n${output()}`))
    }
    const timer = setTimeout(fail, START_SECONDS * 1000, `did not start in ${START_SECONDS} s`)
    const onExit = () => {
      clearTimeout(timer)
      fail('ended before it was ready')
    }
    child.once('close', onExit)
    child.once('error', onExit)
    child.stdout?.on('data', function look() {
      const [, found] = pattern.exec(output()) ?? []
      if (found === undefined) return
      clearTimeout(timer)
      child.off('close', onExit)
      child.stdout?.off('data', look)
      resolve(found)
    })
  })
}

/** The first user's key, from the shared-credentials file that the first start writes. */
async function readCredentials(dataDir: string): Promise<Credentials> {
  const file = await readFile(join(dataDir, 'credentials'), 'utf8')
  const value = (name: string) => {
    const [, found] = new RegExp(`^${name}\\s*=\\s*(\\S+)$`, 'm').exec(file) ?? []
    if (found === undefined) throw new Error(`${dataDir}/credentials has no ${name}`)
    return found
  }
  return { accessKeyId: value('aws_access_key_id'), secretAccessKey: value('aws_secret_access_key') }
}
