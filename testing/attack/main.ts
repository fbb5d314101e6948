// npm run attack: everything at once that one client can do to the others, beside a load as usual. README.md tells
// more.

import { spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { succeed } from '../../e2e/support/run.ts'
import { BERTHD, launch, type Server } from '../../e2e/support/server-process.ts'
import { createBucket } from '../../e2e/support/shared-storage.ts'
import type { Key } from '../signed-call.ts'
import { startSwift } from '../swift.ts'
import { attacks } from './attacks.ts'
import type { Seen, Written } from './load.ts'
import { logIn, type Prepared, prepare } from './prepare.ts'
import { report } from './report.ts'
import { watch } from './watch.ts'

const { values: options } = parseArgs({
  options: {
    s3: { type: 'boolean', default: false },
    only: { type: 'string', multiple: true },
    seconds: { type: 'string', default: '30' },
    'open-files': { type: 'string', default: '4096' },
    'rate-limits': { type: 'string', default: 'standard' },
    'node-option': { type: 'string', multiple: true, default: [] },
    list: { type: 'boolean', default: false },
  },
})
const chosen = attacks.filter(({ name, s3 }) => (options.only ? options.only.includes(name) : options.s3 || !s3))
const seconds = Number(options.seconds)
const openFiles = Number(options['open-files'])
/** Ends whatever was begun, last things first. */
const endings: (() => unknown)[] = []
const log = (text: string) => process.stderr.write(`${text}\n`)

async function main(): Promise<number> {
  const dataDir = mkdtempSync(join(tmpdir(), 'berth-attack-'))
  endings.push(() => rmSync(dataDir, { recursive: true, force: true, maxRetries: 20 }))
  const env = options.s3 ? await s3Environment() : {}
  // Filling a registry is no load as usual, and the control shall not depend on rates.
  const lifted = ['--rate-limits', 'none']
  const first = await start(dataDir, lifted, env)
  log('preparing')
  const prepared = await prepare(portOf(first), { user: readKey(dataDir), tenant: await makeTenant(dataDir, env) })
  log(`the usual load alone, for ${seconds} s`)
  const quiet = await runUsualLoad(prepared, seconds)
  await first.end('SIGTERM')

  const rates = ['--rate-limits', options['rate-limits']]
  const attacked = await start(dataDir, rates, env)
  const target = await again(prepared, portOf(attacked))
  log(`the usual load, and ${chosen.map(({ name }) => name).join(', ')}, for ${seconds} s`)
  const watcher = watch(attacked.pid)
  let outcomes: ReturnType<typeof runAttackers> | undefined
  const beside = await runUsualLoad(target, seconds, () => {
    outcomes = runAttackers(target, seconds + 2)
  })
  const peak = watcher.stop()
  const did = (await outcomes) ?? []
  await attacked.end('SIGTERM').catch(error => log(String(error)))
  const settings = { control: lifted.join(' '), attack: rates.join(' '), openFiles, s3: options.s3 }
  const { text, missed } = report({ quiet, beside, peak, did, settings })
  process.stdout.write(text)
  return missed.length > 0 ? 1 : 0
}

/** A server may be down after that, which is the worst outcome of all. */
async function start(dataDir: string, args: readonly string[], env: Record<string, string>): Promise<Server> {
  const server = await launch({ dataDir, port: '0', args, env, openFiles, nodeArgs: options['node-option'] })
  endings.push(() => server.end('SIGKILL').catch(() => {}))
  return server
}

const portOf = ({ url }: Server) => Number(new URL(url).port)

/** The same data behind another port, with logins of now. */
async function again(prepared: Prepared, port: number): Promise<Prepared> {
  const [user, tenant] = await Promise.all(
    [prepared.user, prepared.tenant].map(async owner => ({ ...owner, login: await logIn({ ...owner.key, port }) })),
  )
  if (!user || !tenant) throw new TypeError('two owners are two')
  return { ...prepared, port, user, tenant }
}

function readKey(dataDir: string): Key {
  const text = readFileSync(join(dataDir, 'credentials'), 'utf8')
  const value = (name: string) => new RegExp(`${name}\\s*=\\s*(\\S+)`).exec(text)?.[1] ?? ''
  return { accessKeyId: value('aws_access_key_id'), secretAccessKey: value('aws_secret_access_key') }
}

const EVERYTHING = JSON.stringify({
  Version: '2012-10-17',
  Statement: [{ Effect: 'Allow', Action: '*', Resource: '*' }],
})

/** A second account: what a tenant may do is done by this one. */
async function makeTenant(dataDir: string, env: Record<string, string>): Promise<Key> {
  const admin = async (...args: string[]) =>
    JSON.parse(await succeed(process.execPath, [BERTHD, 'admin', ...args, '--data-dir', dataDir], { env }))
  const { accountId } = await admin('account', 'create', '--alias', 'tenant')
  const user = ['--account', accountId, '--user', 'tenant']
  await admin('user', 'create', '--account', accountId, '--name', 'tenant')
  await admin('policy', 'put', ...user, '--name', 'all', '--document', EVERYTHING)
  return admin('key', 'create', ...user)
}

async function s3Environment(): Promise<Record<string, string>> {
  const swift = await startSwift()
  endings.push(() => swift[Symbol.asyncDispose]())
  await createBucket(swift, 'attack')
  const query = new URLSearchParams({ endpoint: swift.endpoint, region: swift.region })
  return {
    BERTH_BLOBS: `s3://attack?${query}`,
    AWS_ACCESS_KEY_ID: swift.credentials.accessKeyId,
    AWS_SECRET_ACCESS_KEY: swift.credentials.secretAccessKey,
  }
}

const runAttackers = (prepared: Prepared, duration: number): Promise<[string, Record<string, number>][]> =>
  runApart('attackers.ts', { prepared, names: chosen.map(({ name }) => name), seconds: duration })

/** `onBegun` is called when it has been there for a while, and is measured from now on. */
async function runUsualLoad(prepared: Prepared, duration: number, onBegun?: () => void): Promise<Seen> {
  const { refused, ...times } = await runApart<Written>('usual-load.ts', { prepared, seconds: duration }, onBegun)
  return { ...times, refused: new Map(refused) }
}

/** What the usual load says first. */
const BEGUN = 'begun\n'

/** In a process of its own: what the attackers do is no work of whoever measures, nor is the other way round. */
async function runApart<Result>(name: string, job: object, onBegun?: () => void): Promise<Result> {
  const runner = fileURLToPath(new URL('../../scripts/run-typescript.mjs', import.meta.url))
  const program = fileURLToPath(new URL(name, import.meta.url))
  const child = spawn(process.execPath, [runner, program], { stdio: ['pipe', 'pipe', 'inherit'] })
  endings.push(() => child.kill('SIGKILL'))
  child.stdin.end(JSON.stringify(job))
  let text = ''
  for await (const chunk of child.stdout) {
    text += chunk
    if (!text.startsWith(BEGUN)) continue
    text = text.slice(BEGUN.length)
    onBegun?.()
  }
  return JSON.parse(text || '[]')
}

if (options.list) for (const { name } of attacks) process.stdout.write(`${name}\n`)
else {
  try {
    process.exitCode = await main()
  } finally {
    for (const end of endings.reverse()) await end()
  }
}
