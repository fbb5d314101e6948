import { type ChildProcess, spawn } from 'node:child_process'
import { setTimeout as delay } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { bareEnvironment } from './run.ts'

export const BERTHD = fileURLToPath(new URL('../../packages/server/dist/berthd.js', import.meta.url))
/** Guards against hanging, not measures. A server that waits for its clients gives up after 30 seconds by itself. */
const START_SECONDS = 120
const STOP_SECONDS = 28
/**
 * Two signals at once may arrive as one, and what the server hears sooner than this counts as one key press. Where it
 * was held up, it hears two at once that were sent apart.
 */
const SIGNALS_APART_MS = 600

export interface ServerOptions {
  /** In the place of the built one. */
  readonly program?: string | undefined
  readonly dataDir: string
  /** Where it listens; 127.0.0.1 unless it is named. */
  readonly host?: string
  /** The port as text; 0 takes a free one. */
  readonly port: string
  readonly args?: readonly string[] | undefined
  /** Options of Node's own. */
  readonly nodeArgs?: readonly string[] | undefined
  readonly env?: Readonly<Record<string, string>> | undefined
  /** How many files the server may have open (`ulimit -n`). */
  readonly openFiles?: number | undefined
}

/** One running berthd. */
export interface Server {
  readonly url: string
  readonly pid: number
  readonly output: () => string
  /** Ends the process with a signal and waits for its end. Does nothing where it has ended already. */
  readonly end: (signal: 'SIGTERM' | 'SIGKILL') => Promise<void>
  readonly signal: (signals: readonly NodeJS.Signals[]) => Promise<number | NodeJS.Signals | null>
}

/** Starts the built program on loopback, and waits until it says that it serves. */
export async function launch({ program = BERTHD, dataDir, port, ...options }: ServerOptions): Promise<Server> {
  const { host = '127.0.0.1' } = options
  const args = ['serve', '--host', host, '--port', port, '--data-dir', dataDir, ...(options.args ?? [])]
  const limit = options.openFiles === undefined ? '' : `ulimit -n ${options.openFiles} && `
  const child = spawn(
    'sh',
    ['-c', `${limit}exec "$0" "$@"`, process.execPath, ...(options.nodeArgs ?? []), program, ...args],
    {
      env: bareEnvironment(options.env),
      stdio: ['ignore', 'pipe', 'pipe'],
    },
  )
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
  const url = await firstMatch(child, output, /berth is serving at (https?:\/\/[^\s/]+)/)
  let endedBy: string | undefined
  return {
    url,
    pid: child.pid ?? Number.NaN,
    output,
    async signal(signals) {
      const apart = () => Promise.race([ended, delay(SIGNALS_APART_MS)])
      const send = (signal: NodeJS.Signals) => {
        endedBy = signal
        child.kill(signal)
        return apart()
      }
      for (const signal of signals) await send(signal)
      const [last] = signals.slice(1).toReversed()
      while (last !== undefined && child.exitCode === null && child.signalCode === null) await send(last)
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
