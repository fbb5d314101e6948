import { type ChildProcess, spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { access, chown, mkdir, mkdtemp, readdir, rename, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, dirname, join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { Client } from 'pg'
import { type ClaimedPort, claimPort } from './ports.ts'

export const PASSWORD = 'only/for:tests'

/** A guard against hanging: a minute at least. */
export const MOST_TRIES = 3_000

/** Debian's programs, which are not on the path. */
const PROGRAMS = '/usr/lib/postgresql'

/** `nobody`, which every Debian has: PostgreSQL refuses to be run by root. */
const UNPRIVILEGED = { uid: 65_534, gid: 65_534 }

/** Files of new servers, kept from run to run. */
const KEPT = fileURLToPath(new URL('../node_modules/.cache/berth-postgres', import.meta.url))

/** A PostgreSQL server of a test's own. Its files are in a temporary folder, its port is a free one of the loopback. */
export class PostgresServer implements AsyncDisposable {
  readonly #programs: string
  readonly #folder: string
  readonly #claimed: ClaimedPort
  #process: ChildProcess | undefined
  #databases = 0

  private constructor(programs: string, folder: string, claimed: ClaimedPort) {
    this.#programs = programs
    this.#folder = folder
    this.#claimed = claimed
  }

  static async start(): Promise<PostgresServer> {
    const programs = await findPrograms()
    if (programs === undefined) throw new Error(`there is no PostgreSQL in ${PROGRAMS}: install Debian's postgresql`)
    const server = await PostgresServer.#prepare(programs)
    return server.#begin(() => server.#initialise())
  }

  static async #prepare(programs: string): Promise<PostgresServer> {
    const folder = await mkdtemp(join(tmpdir(), 'berth-postgres-'))
    if (isRoot()) await chown(folder, UNPRIVILEGED.uid, UNPRIVILEGED.gid)
    return new PostgresServer(programs, folder, await claimPort())
  }

  async #begin(makeFiles: () => Promise<void>): Promise<this> {
    try {
      await makeFiles()
      await this.resume()
      return this
    } catch (error) {
      await this[Symbol.asyncDispose]()
      throw error
    }
  }

  /** Starts a server that follows this one, and can be promoted in its place. */
  async startStandby(): Promise<PostgresServer> {
    const standby = await PostgresServer.#prepare(this.#programs)
    const from = [
      '-h',
      '127.0.0.1',
      '-p',
      `${this.port}`,
      '-U',
      'berth',
      '-R',
      '-X',
      'stream',
      '-c',
      'fast',
      '--no-sync',
    ]
    return standby.#begin(async () => {
      const backup = standby.#spawn('pg_basebackup', ['-D', join(standby.#folder, 'data'), ...from], {
        PGPASSWORD: PASSWORD,
      })
      await succeeded('pg_basebackup', backup)
    })
  }

  /** Makes a standby a server of its own. */
  async promote(): Promise<void> {
    await this.query('select pg_promote()')
  }

  get port(): number {
    return this.#claimed.port
  }

  /** A URL for one of its databases. */
  url(database = 'postgres', password = PASSWORD): string {
    return `postgres://berth:${encodeURIComponent(password)}@127.0.0.1:${this.port}/${database}`
  }

  /** Makes an empty database and returns its URL. `options` are those of `CREATE DATABASE`. */
  async createDatabase(options = ''): Promise<string> {
    const name = `test_${++this.#databases}`
    await this.query(`create database ${name} template template0 ${options}`)
    return this.url(name)
  }

  /** Deletes every row of the tables that berth has made, which is quicker than making another database. */
  async clear(url: string): Promise<void> {
    const tables = `select 'truncate ' || string_agg(quote_ident(tablename), ', ') from pg_tables
      where schemaname = 'public' and tablename not like 'kysely%'`
    await this.query(`do $$ begin execute (${tables}); end $$`, url)
  }

  /** Runs one statement, as an operator would. */
  async query(statement: string, url = this.url()): Promise<Record<string, unknown>[]> {
    const client = new Client({ connectionString: url })
    await client.connect()
    try {
      return (await client.query<Record<string, unknown>>(statement)).rows
    } finally {
      await client.end()
    }
  }

  /** Starts the server after `stop`, and waits until it answers. */
  async resume(): Promise<void> {
    const options = {
      listen_addresses: '127.0.0.1',
      port: this.port,
      unix_socket_directories: '',
      fsync: 'off',
      full_page_writes: 'off',
      max_connections: 200,
      log_min_messages: 'panic',
    }
    const settings = Object.entries(options).flatMap(([name, value]) => ['-c', `${name}=${value}`])
    this.#process = this.#spawn('postgres', ['-D', join(this.#folder, 'data'), ...settings])
    process.once('exit', this.#kill)
    for (let tries = 0; ; tries++) {
      try {
        await this.query('select 1')
        return
      } catch (error) {
        if (tries > MOST_TRIES || this.#process.exitCode !== null) throw error
        await delay(20)
      }
    }
  }

  /** Ends the server and every connection to it: `fast` undoes what runs, `immediate` is like a crash. */
  async stop(how: 'fast' | 'immediate' = 'fast'): Promise<void> {
    const running = this.#process
    this.#process = undefined
    process.removeListener('exit', this.#kill)
    if (running === undefined || running.exitCode !== null) return
    const exited = once(running, 'exit')
    running.kill(how === 'fast' ? 'SIGINT' : 'SIGQUIT')
    await exited
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop('immediate')
    await rm(this.#folder, { recursive: true, force: true })
    await this.#claimed.release()
  }

  /** Copies the files of a new server, or makes them where nobody has: making them takes ten times as long. */
  async #initialise(): Promise<void> {
    const data = join(this.#folder, 'data')
    const how = ['--username=berth', '--auth=scram-sha-256', '--encoding=UTF8', '--locale=C.UTF-8', '--no-sync']
    const release = basename(dirname(this.#programs))
    const kept = join(KEPT, sha256([release, process.getuid?.(), PASSWORD, ...how].join()))
    if (await exists(kept)) return copyFolder(kept, data)
    const passwordFile = join(this.#folder, 'password')
    await writeFile(passwordFile, PASSWORD)
    await succeeded('initdb', this.#spawn('initdb', ['-D', data, `--pwfile=${passwordFile}`, ...how]))
    await keepFolder(data, kept)
  }

  #spawn(program: string, args: readonly string[], env: Readonly<Record<string, string>> = {}): ChildProcess {
    return spawn(join(this.#programs, program), args, {
      cwd: this.#folder,
      env: { ...process.env, ...env },
      stdio: ['ignore', 'ignore', 'inherit'],
      ...runAsNobody(),
    })
  }

  readonly #kill = () => void this.#process?.kill('SIGQUIT')
}

/**
 * Starts a server where there is PostgreSQL. Where there is none, it fails if one is `required`, and else returns
 * undefined.
 */
export async function startPostgres({ required }: { required: boolean }): Promise<PostgresServer | undefined> {
  if (required || (await findPrograms()) !== undefined) return PostgresServer.start()
  console.warn(`skipped: there is no PostgreSQL in ${PROGRAMS}; install Debian's package postgresql`)
  return undefined
}

/** The newest release's. */
async function findPrograms(): Promise<string | undefined> {
  const releases = await readdir(PROGRAMS).catch(() => [])
  for (const release of releases.sort((a, b) => Number(b) - Number(a))) {
    const folder = join(PROGRAMS, release, 'bin')
    if (await exists(join(folder, 'initdb'))) return folder
  }
  return undefined
}

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex')

const exists = (path: string): Promise<boolean> =>
  access(path).then(
    () => true,
    () => false,
  )

/** Copies a folder with its owners and modes. */
const copyFolder = (from: string, to: string) => succeeded('cp', spawn('cp', ['--archive', from, to]))

/** Keeps a copy of a folder under a name. Others see the whole of it or nothing, and the first one counts. */
async function keepFolder(folder: string, name: string): Promise<void> {
  await mkdir(dirname(name), { recursive: true })
  const unfinished = await mkdtemp(`${name}.`)
  await copyFolder(folder, join(unfinished, 'data'))
  await rename(join(unfinished, 'data'), name).catch(() => {}) // somebody was quicker
  await rm(unfinished, { recursive: true })
}

async function succeeded(name: string, program: ChildProcess): Promise<void> {
  const [code] = (await once(program, 'exit')) as [number | null]
  if (code !== 0) throw new Error(`${name} ended with ${code}`)
}

/** The options with which a program is spawned that refuses to be run by root. */
export const runAsNobody = (): { uid?: number; gid?: number } => (isRoot() ? UNPRIVILEGED : {})

const isRoot = () => process.getuid?.() === 0
