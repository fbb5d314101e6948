import { mkdir } from 'node:fs/promises'
import { afterAll, beforeAll, beforeEach } from 'vitest'
import { BERTH } from './berth.ts'
import { type Outcome, run } from './run.ts'
import { makeScratch, type Scratch } from './scratch.ts'
import { launch, type Server } from './server-process.ts'

/** People on the machine of one server. */
export interface Homes {
  readonly scratch: Scratch
  readonly server: Server
  /** `127.0.0.1:PORT`, as it stands in an image's name. */
  readonly host: string
  /** The data folder of the server. */
  readonly dataDir: string
  /** The home folder of this test, with an empty `.aws`. */
  readonly HOME: string
  /** Runs `berth` from there. */
  readonly program: (args: readonly string[], env?: Readonly<Record<string, string>>) => Promise<Outcome>
  /** Runs `berth configure --local` for the server. */
  readonly configure: (...args: string[]) => Promise<Outcome>
}

/** Has one server for all tests of a file, and a home folder for each. */
export function withHomes(): Homes {
  let scratch: Scratch
  let server: Server
  let home: string
  let homes = 0
  beforeAll(async () => {
    scratch = await makeScratch()
    server = await launch({ dataDir: scratch.path('data'), port: '0' })
  })
  afterAll(async () => {
    await server?.end('SIGTERM')
    await scratch?.[Symbol.asyncDispose]()
  })
  beforeEach(async () => {
    homes += 1
    home = scratch.path(`home-${homes}`)
    await mkdir(`${home}/.aws`, { recursive: true })
  })
  const program: Homes['program'] = (args, env = {}) =>
    run(process.execPath, [BERTH, ...args], { env: { HOME: home, ...env } })
  return {
    get scratch() {
      return scratch
    },
    get server() {
      return server
    },
    get host() {
      return new URL(server.url).host
    },
    get dataDir() {
      return scratch.path('data')
    },
    get HOME() {
      return home
    },
    program,
    configure: (...args) => program(['configure', '--local', '--data-dir', scratch.path('data'), ...args]),
  }
}
