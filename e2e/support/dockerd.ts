import { spawn } from 'node:child_process'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { setTimeout as sleep } from 'node:timers/promises'
import { type Instead, unshareWith } from './instead.ts'
import { bareEnvironment, type Outcome, type RunOptions, run, succeed } from './run.ts'
import { makeScratch } from './scratch.ts'
import { toolPath } from './tools.ts'

const START_SECONDS = 60

/** A Docker engine of its own, with nothing shared: not its data, socket, network rules or logins. */
export interface Docker extends AsyncDisposable {
  /** Runs `docker …` and returns standard output. Rejects unless it exits with 0. */
  readonly docker: (args: readonly string[], options?: RunOptions) => Promise<string>
  /** Runs `docker …`, whatever its exit code. */
  readonly attempt: (args: readonly string[], options?: RunOptions) => Promise<Outcome>
}

export interface DockerOptions {
  readonly instead?: Instead
}

/** Starts dockerd for one suite. It needs root, but neither a bridge nor iptables: containers run without a network. */
export async function startDocker({ instead = {} }: DockerOptions = {}): Promise<Docker> {
  const scratch = await makeScratch()
  const folder = scratch.path()
  const env = { DOCKER_HOST: `unix://${folder}/docker.sock`, DOCKER_CONFIG: `${folder}/config`, HOME: folder }
  await mkdir(env.DOCKER_CONFIG)
  await writeFile(`${folder}/daemon.json`, '{}')

  const daemon = spawn(
    toolPath('unshare'),
    unshareWith(
      instead,
      toolPath('dockerd'),
      [
        ['--host', env.DOCKER_HOST],
        ['--data-root', `${folder}/data`],
        ['--exec-root', `${folder}/exec`],
        ['--pidfile', `${folder}/docker.pid`],
        ['--config-file', `${folder}/daemon.json`], // the machine's own settings must not reach this daemon
        ['--storage-driver', 'vfs'],
        ['--bridge', 'none'],
        ['--iptables=false', '--ip-forward=false'],
        ['--log-level', 'error'],
      ].flat(),
    ),
    { env: bareEnvironment(env), stdio: ['ignore', 'pipe', 'pipe'] },
  )
  let log = ''
  for (const stream of [daemon.stdout, daemon.stderr]) {
    stream.on('data', chunk => {
      log += chunk
    })
  }
  let running = true
  const ended = new Promise<void>(resolve => {
    daemon.once('close', () => {
      running = false
      resolve()
    })
    daemon.once('error', error => {
      log += error
      running = false
      resolve()
    })
  })

  const attempt = (args: readonly string[], options: RunOptions = {}) =>
    run(toolPath('docker'), args, { ...options, env: { ...env, ...options.env } })
  const dispose = async () => {
    if (running) daemon.kill('SIGTERM') // stops its containers and its containerd
    await Promise.race([ended, sleep(20_000, undefined, { ref: false })])
    if (running) daemon.kill('SIGKILL')
    await unmountBelow(folder)
    await scratch[Symbol.asyncDispose]()
  }

  const deadline = Date.now() + START_SECONDS * 1000
  while ((await attempt(['version'])).exitCode !== 0) {
    if (running && Date.now() < deadline) await sleep(100)
    else {
      await dispose()
      throw new Error(`dockerd is not ready\n${log}`)
    }
  }
  return {
    attempt,
    docker: (args, options = {}) => succeed(toolPath('docker'), args, { ...options, env: { ...env, ...options.env } }),
    [Symbol.asyncDispose]: dispose,
  }
}

/** A daemon that was killed leaves its mounts; removing the folder through them could reach further than it should. */
async function unmountBelow(folder: string): Promise<void> {
  const mounts = (await readFile('/proc/self/mounts', 'utf8')).split('\n').map(line => line.split(' ')[1] ?? '')
  for (const mount of mounts.filter(path => path.startsWith(`${folder}/`)).reverse()) {
    await run('/bin/umount', ['--lazy', mount])
  }
}
