import { access, mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { inject } from 'vitest'
import { type Credentials, control, loginPassword } from './control.ts'
import { type Deployment, type DeployOptions, deployAlone, deployReplicas } from './deployment.ts'
import { succeed } from './run.ts'
import { BERTHD } from './server-process.ts'
import type { SharedStorage } from './shared-storage.ts'
import type { Stores } from './stores.ts'

export { BERTHD }

const EVERYTHING = JSON.stringify({
  Version: '2012-10-17',
  Statement: [{ Effect: 'Allow', Action: ['ecr-public:*', 'sts:GetServiceBearerToken'], Resource: '*' }],
})

export interface RegistryOptions extends DeployOptions {
  /** An existing data folder, which is left in place. Absent for a new one that is removed with the registry. */
  readonly dataDir?: string
  /** Stores for two servers. Where BERTH_E2E_STORAGE=replicas, a registry gets them without this. */
  readonly storage?: SharedStorage
  /** A registry that has stopped. The new one starts with a copy of all that it keeps. */
  readonly copyOf?: Registry
}

/**
 * A running registry: the built program in a process of its own, on a free loopback port that survives restarts. With
 * BERTH_E2E_STORAGE=replicas there are two processes on PostgreSQL and S3, and requests go to them in turn.
 */
export interface Registry extends Credentials, AsyncDisposable {
  readonly url: string
  /** `127.0.0.1:PORT`, as it stands in an image's name. */
  readonly host: string
  /** The data folder of the server that started first. */
  readonly dataDir: string
  readonly deployment: Deployment
  readonly stores: Stores
  readonly accountId: string
  readonly alias: string
  /** The URL of the first server itself, wherever it runs now. */
  readonly serverUrl: () => string
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
  /**
   * Makes a second account with one user, who may do everything that the account can allow, and returns the user's
   * key.
   */
  readonly createAccount: (alias: string, userName?: string) => Promise<Account>
  /** Stops the servers with SIGTERM. Rejects unless they drain and exit with 0. */
  readonly stop: () => Promise<void>
  /** Kills the servers with SIGKILL, and leaves what a crash leaves. */
  readonly kill: () => Promise<void>
  /** Sends signals one after the other. Returns how the process ended: its exit code or its signal. */
  readonly signal: (...signals: NodeJS.Signals[]) => Promise<number | NodeJS.Signals | null>
  /** Stops the servers that run, and starts all of them again. The registry's own port stays the same. */
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
  const deployment = await deploy(dataDir, options)
  const { url } = deployment
  const { host } = new URL(url)

  const stop = () => deployment.end('SIGTERM')
  const dispose = async () => {
    try {
      await stop()
    } finally {
      await deployment.close()
      if (options.dataDir === undefined) await rm(dataDir, { recursive: true, force: true })
    }
  }
  try {
    const credentials = await readCredentials(deployment.dataDir)
    const { registries } = await control(url, credentials, 'DescribeRegistries', {})
    const primary = registries[0].aliases.find((each: { primaryRegistryAlias: boolean }) => each.primaryRegistryAlias)
    const admin = async (...args: string[]) =>
      JSON.parse(await succeed(process.execPath, [BERTHD, 'admin', ...args, ...deployment.settings], deployment))
    return {
      url,
      host,
      dataDir: deployment.dataDir,
      deployment,
      stores: deployment.stores,
      accountId: registries[0].registryId,
      alias: primary.name,
      ...credentials,
      serverUrl: () => deployment.servers[0]?.url ?? url,
      pid: () => deployment.pid(),
      output: () => deployment.output(),
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
      kill: () => deployment.end('SIGKILL'),
      signal: (...signals) => deployment.signal(signals),
      restart: async () => {
        await stop()
        await deployment.start()
      },
      [Symbol.asyncDispose]: dispose,
    }
  } catch (error) {
    await dispose()
    throw new Error(`${error}\nberthd said:\n${deployment.output()}`, { cause: error })
  }
}

function deploy(dataDir: string, options: RegistryOptions): Promise<Deployment> {
  if (options.copyOf !== undefined) return options.copyOf.deployment.copy(dataDir, options)
  const storage = options.storage ?? inject('storage')
  return storage === undefined ? deployAlone(dataDir, options) : deployReplicas(dataDir, options, storage)
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
