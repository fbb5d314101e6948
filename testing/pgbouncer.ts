import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { access, chown, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { Client } from 'pg'
import { claimPort } from './ports.ts'
import { MOST_TRIES, PASSWORD, type PostgresServer, runAsNobody } from './postgres-server.ts'

/** Debian's program, which is not on the path of every user. */
const PROGRAM = '/usr/sbin/pgbouncer'

export interface PgBouncer extends AsyncDisposable {
  /** The URL of a database of the server, by way of the pooler. */
  through(url: string): string
}

export const hasPgBouncer = (): Promise<boolean> =>
  access(PROGRAM).then(
    () => true,
    () => false,
  )

/** Starts a pooler before a PostgreSQL server, with few connections to the server. */
export async function startPgBouncer(server: PostgresServer, poolMode: 'session' | 'transaction'): Promise<PgBouncer> {
  const folder = await mkdtemp(join(tmpdir(), 'berth-pgbouncer-'))
  const { port, release } = await claimPort()
  const settings = {
    ...{ listen_addr: '127.0.0.1', listen_port: port, unix_socket_dir: '', pidfile: join(folder, 'pid') },
    ...{ auth_type: 'scram-sha-256', auth_file: join(folder, 'users'), logfile: join(folder, 'log') },
    ...{ pool_mode: poolMode, default_pool_size: poolMode === 'session' ? 50 : 3, max_client_conn: 100 },
  }
  const lines = Object.entries(settings).map(([name, value]) => `${name} = ${value}`)
  const databases = `[databases]\n* = host=127.0.0.1 port=${server.port}\n`
  await writeFile(join(folder, 'ini'), `${databases}[pgbouncer]\n${lines.join('\n')}\n`, { mode: 0o644 })
  await writeFile(join(folder, 'users'), `"berth" "${PASSWORD}"\n`, { mode: 0o644 })
  const { uid, gid } = runAsNobody()
  if (uid !== undefined && gid !== undefined) await chown(folder, uid, gid)
  const program: ChildProcess = spawn(PROGRAM, ['-q', join(folder, 'ini')], { stdio: 'ignore', ...runAsNobody() })
  const kill = () => void program.kill('SIGKILL')
  process.once('exit', kill)

  const through = (url: string) => url.replace(/(?<=127\.0\.0\.1:)\d+/, `${port}`)
  const dispose = async () => {
    process.removeListener('exit', kill)
    if (program.exitCode === null) {
      const exited = once(program, 'exit')
      program.kill('SIGKILL')
      await exited
    }
    await rm(folder, { recursive: true, force: true })
    await release()
  }
  for (let tries = 0; ; tries++) {
    const client = new Client({ connectionString: through(server.url()) })
    try {
      await client.connect()
      await client.end()
      return { through, [Symbol.asyncDispose]: dispose }
    } catch (error) {
      if (tries > MOST_TRIES || program.exitCode !== null) {
        await dispose()
        throw error
      }
      await delay(20)
    }
  }
}
