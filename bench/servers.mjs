// The two registries, each started on a free loopback port with an empty data folder, and holding one small image.

import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import {
  CreateRepositoryCommand,
  DescribeRegistriesCommand,
  ECRPUBLICClient,
  GetAuthorizationTokenCommand,
} from '@aws-sdk/client-ecr-public'
import { freePort } from './free-port.mjs'
import { groupsOf } from './groups-of.mjs'

const BERTHD = fileURLToPath(new URL('../packages/server/dist/berthd.js', import.meta.url))
const DOCKER_REGISTRY = '/usr/bin/docker-registry'
const START_SECONDS = 20
/**
 * One client does here what a hundred do elsewhere. Each table says that these are set, and any 429 ends a measurement.
 */
export const LIFTED = ['--rate-limits', 'none']
const MANIFEST_TYPE = 'application/vnd.oci.image.manifest.v1+json'

/** What has to be there before anything is measured, as a sentence each. */
export function missing() {
  const registry = `there is no ${DOCKER_REGISTRY}: apt-get install docker-registry`
  return [...missingBerth(), ...(existsSync(DOCKER_REGISTRY) ? [] : [registry])]
}

export function missingBerth() {
  return existsSync(BERTHD) ? [] : ['berthd is not built: npm run build']
}

/**
 * How berthd is started: `folder` has what is there already, `env` is added to the environment.
 *
 * @typedef {{ folder?: string, settings?: readonly string[], env?: Readonly<Record<string, string>> }} LaunchOptions
 */

/**
 * berthd as it comes, its first user's token in hand: every request is authorised.
 *
 * @param {LaunchOptions} [options]
 */
export async function startBerth(options) {
  const server = await launchBerth(options)
  return prepared(server, async () => {
    const client = controlClient(server)
    await client.send(new CreateRepositoryCommand({ repositoryName: 'bench' }))
    const { registries } = await client.send(new DescribeRegistriesCommand({}))
    const { authorizationData } = await client.send(new GetAuthorizationTokenCommand({}))
    client.destroy()
    const alias = registries?.[0]?.aliases?.find(each => each.primaryRegistryAlias)
    const token = authorizationData?.authorizationToken
    if (alias === undefined || token === undefined) throw new Error('the server has no account to log in to')
    return { repository: `${alias.name}/bench`, authorization: `Bearer ${token}` }
  })
}

/** Starts `count` berthd on the stores that `env` names, with one account: the first to start makes it. */
export async function startReplicas(count, env) {
  const first = await startBerth({ env })
  const servers = [first]
  try {
    while (servers.length < count) servers.push({ ...first, ...(await launchBerth({ env })) })
    return servers
  } catch (error) {
    for (const server of servers) await server.stop()
    throw error
  }
}

/**
 * berthd and nothing more; with `folder`, on what is there; with `env`, in this environment and that.
 *
 * @param {LaunchOptions} [options]
 */
export function launchBerth({ folder, settings = [], env } = {}) {
  const argsFor = (dataDir, port) => [BERTHD, 'serve', '--host', '127.0.0.1', '--port', port, '--data-dir', dataDir]
  const makeArgs = (dataDir, port) => [...argsFor(dataDir, String(port)), ...LIFTED, ...settings]
  return launch(process.execPath, makeArgs, { folder, env })
}

/** A client of the control API, with the key of the server's first user. */
export function controlClient({ host, port, folder }) {
  const file = readFileSync(join(folder, 'credentials'), 'utf8')
  const [accessKeyId] = groupsOf(/aws_access_key_id\s*=\s*(\S+)/, file)
  const [secretAccessKey] = groupsOf(/aws_secret_access_key\s*=\s*(\S+)/, file)
  const credentials = { accessKeyId, secretAccessKey }
  // Without retries, so that no refusal goes unseen.
  return new ECRPUBLICClient({ endpoint: `http://${host}:${port}`, region: 'us-east-1', credentials, maxAttempts: 1 })
}

/** Debian's registry with files for storage: no accounts, no cache, and no log to slow it down. */
export async function startDockerRegistry() {
  const server = await launch(DOCKER_REGISTRY, (folder, port) => {
    const config = {
      version: 0.1,
      log: { level: 'error', accesslog: { disabled: true } },
      storage: { filesystem: { rootdirectory: join(folder, 'data') } },
      http: { addr: `127.0.0.1:${port}`, secret: 'bench' },
    }
    writeFileSync(join(folder, 'config.yml'), JSON.stringify(config)) // JSON is YAML
    return ['serve', join(folder, 'config.yml')]
  })
  return prepared(server, async () => ({ repository: 'bench/bench' }))
}

/**
 * @param {string} program
 * @param {(folder: string, port: number) => string[]} makeArgs
 * @param {LaunchOptions} [options]
 */
async function launch(program, makeArgs, { folder = mkdtempSync(join(tmpdir(), 'berth-bench-')), env } = {}) {
  const port = await freePort()
  const child = spawn(program, makeArgs(folder, port), {
    stdio: ['ignore', 'ignore', 'pipe'],
    env: { ...process.env, ...env },
  })
  let log = ''
  child.stderr.on('data', chunk => {
    log = (log + chunk).slice(-4000)
  })
  const ended = new Promise(resolve => {
    child.once('close', resolve)
    child.once('error', resolve)
  })
  const abandon = () => {
    child.kill('SIGKILL')
    rmSync(folder, { recursive: true, force: true, maxRetries: 20 })
  }
  process.once('exit', abandon)
  const server = {
    host: '127.0.0.1',
    port,
    folder,
    pid: child.pid,
    /** Ends the process and, unless it is to be kept, removes all it has stored. */
    async stop({ keep = false } = {}) {
      process.removeListener('exit', abandon)
      child.kill('SIGTERM')
      const giveUp = setTimeout(() => child.kill('SIGKILL'), 10_000)
      await ended
      clearTimeout(giveUp)
      if (!keep) rmSync(folder, { recursive: true, force: true })
    },
  }
  const deadline = Date.now() + START_SECONDS * 1000
  while (!(await answers(port))) {
    if (child.exitCode !== null || Date.now() > deadline) {
      await server.stop()
      throw new Error(`${program} did not start\n${log}`)
    }
    await sleep(50)
  }
  return server
}

/** Adds who may push where, and an image to ask for; a server that cannot be prepared is stopped. */
async function prepared(server, login) {
  try {
    const target = { ...server, ...(await login()) }
    return { ...target, manifestPath: await pushSmallImage(target), manifestType: MANIFEST_TYPE }
  } catch (error) {
    await server.stop()
    throw error
  }
}

async function pushSmallImage({ host, port, repository, authorization }) {
  const base = `http://${host}:${port}`
  /** @type {Record<string, string>} */
  const headers = authorization === undefined ? {} : { authorization }
  const send = async (method, url, type, body) => {
    const answer = await fetch(url, { method, body, headers: { ...headers, 'content-type': type } })
    if (!answer.ok) throw new Error(`${method} ${url}: ${answer.status} ${await answer.text()}`)
    return answer
  }
  const blob = async (mediaType, content) => {
    const digest = `sha256:${createHash('sha256').update(content).digest('hex')}`
    const started = await send('POST', `${base}/v2/${repository}/blobs/uploads/`, 'application/octet-stream')
    const url = new URL(started.headers.get('location') ?? '', base)
    url.searchParams.set('digest', digest)
    await send('PUT', url, 'application/octet-stream', content)
    return { mediaType, digest, size: content.length }
  }
  const config = await blob('application/vnd.oci.image.config.v1+json', '{"os":"linux","architecture":"amd64"}')
  const layers = []
  for (const number of [1, 2, 3, 4, 5])
    layers.push(await blob('application/vnd.oci.image.layer.v1.tar', `layer ${number}`))
  const path = `/v2/${repository}/manifests/latest`
  const manifest = { schemaVersion: 2, mediaType: MANIFEST_TYPE, config, layers }
  await send('PUT', base + path, MANIFEST_TYPE, JSON.stringify(manifest))
  return path
}

async function answers(port) {
  try {
    await (await fetch(`http://127.0.0.1:${port}/v2/`)).arrayBuffer()
    return true
  } catch {
    return false
  }
}
