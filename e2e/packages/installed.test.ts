import { randomBytes } from 'node:crypto'
import { existsSync } from 'node:fs'
import { readdir, readFile, rename } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { pushImage } from '../../scripts/push-image.mjs'
import { makeScratch, type Scratch } from '../support/scratch.ts'
import { launch, type Server } from '../support/server-process.ts'
import { type Installation, install, pack } from './install.ts'

const REPOSITORY = 'project-a/nginx-web-app'
const OTHER_ACCOUNT = '123456789098'

type Keys = Readonly<Record<string, string>>

let scratch: Scratch
let installed: Installation
let server: Server
let owner: Record<string, unknown>

beforeAll(async () => {
  scratch = await makeScratch()
  // CI packs once, and installs what was packed on several releases of Node.
  const tarballs = process.env['BERTH_TARBALLS'] ?? scratch.path('tarballs')
  if (!existsSync(tarballs)) console.log(await pack(tarballs)) // what the owner has not said yet is in there
  owner = JSON.parse(await readFile(new URL('../../owner.json', import.meta.url), 'utf8'))
  installed = await install(tarballs, String(owner['scope']), scratch.path('installed'))
  const program = installed.program('berthd')
  server = await launch({ program, dataDir: scratch.path('data'), port: '0' })
}, 600_000)

afterAll(async () => {
  await server?.end('SIGTERM') // throws where it does not end with 0
  await scratch?.[Symbol.asyncDispose]()
})

/** `berth ecr-public …` of somebody; returns its answer. */
async function berth(keys: Keys, ...args: string[]): Promise<unknown> {
  const env = { AWS_REGION: 'us-east-1', AWS_ENDPOINT_URL: server.url, ...keys }
  const { exitCode, stdout, stderr } = await installed.run('berth', ['ecr-public', ...args], env)
  expect({ exitCode, stderr }, args.join(' ')).toEqual({ exitCode: 0, stderr: '' })
  return stdout === '' ? undefined : JSON.parse(stdout)
}

async function admin(...args: string[]): Promise<Record<string, string>> {
  const { exitCode, stdout, stderr } = await installed.run('berthd', [
    ...['admin', ...args],
    ...['--data-dir', scratch.path('data')],
  ])
  expect({ exitCode, stderr }, args.join(' ')).toEqual({ exitCode: 0, stderr: '' })
  return JSON.parse(stdout)
}

async function push(keys: Keys, tag?: string, layer = randomBytes(512)): Promise<string> {
  const uri = await berth(keys, 'describe-repositories', '--query', 'repositories[0].repositoryUri')
  const encoded = await berth(keys, 'get-authorization-token', '--query', 'authorizationData.authorizationToken')
  const [, password = ''] = Buffer.from(String(encoded), 'base64').toString().split(':')
  const repository = String(uri).slice(String(uri).indexOf('/') + 1)
  return pushImage({ url: server.url, repository, password, tag, layer })
}

const remove = (keys: Keys, ids: readonly string[], ...more: string[]) =>
  berth(keys, 'batch-delete-image', '--repository-name', REPOSITORY, '--image-ids', ...ids, ...more)

const images = async (keys: Keys) =>
  (await berth(keys, 'describe-images', '--repository-name', REPOSITORY)) as { imageDetails: unknown[] }

describe('what is published', () => {
  it('brings the licence, the notices, a page to read, and what the owner said', async () => {
    for (const name of ['cli', 'server']) {
      const folder = join(installed.folder, 'node_modules', String(owner['scope']), name)
      expect(await readdir(folder)).toEqual(
        expect.arrayContaining(['CHANGELOG.md', 'LICENSE', 'NOTICE', 'README.md', 'dist', 'man']),
      )
      const published = JSON.parse(await readFile(join(folder, 'package.json'), 'utf8'))
      expect(published).toMatchObject({
        name: `${owner['scope']}/${name}`,
        license: 'Apache-2.0',
        author: owner['authors'],
        engines: { node: '>=20.19' },
        publishConfig: { access: 'public' },
      })
      expect(published.repository?.url ?? null).toBe(owner['repository'])
      for (const absent of ['private', 'scripts', 'devDependencies']) expect(published).not.toHaveProperty(absent)
      const everything = await readdir(folder, { recursive: true })
      expect(everything.filter(file => /\.(?:code|d\.ts|tsbuildinfo|test\.js)$|\.built-from$/.test(file))).toEqual(
        name === 'cli' ? [] : everything.filter(file => /^node_modules\/.*\.d\.ts$/.test(file)),
      )
    }
  })

  it('has a command line that needs no other package, and says whose code it holds', async () => {
    const folder = join(installed.folder, 'node_modules', String(owner['scope']), 'cli')
    expect(JSON.parse(await readFile(join(folder, 'package.json'), 'utf8'))).not.toHaveProperty('dependencies')
    const notices = await readFile(join(folder, 'dist/THIRD-PARTY-NOTICES.txt'), 'utf8')
    for (const named of ['yaml', '@aws-sdk/credential-providers', '@smithy/core', 'bowser']) {
      expect(notices).toMatch(new RegExp(`^  ${named} \\d+\\.\\d+\\.\\d+ \\(`, 'm'))
    }
    const ofServer = join(
      installed.folder,
      'node_modules',
      String(owner['scope']),
      'server/dist/THIRD-PARTY-NOTICES.txt',
    )
    expect(await readFile(ofServer, 'utf8')).toContain('kysely')
    for (const text of ['Eemeli Aro', 'Dustin Diaz', 'Version 2.0, January 2004']) expect(notices).toContain(text)
  })

  it('brings one SQLite where Node has none, and none elsewhere', async () => {
    const everything = await readdir(join(installed.folder, 'node_modules'), { recursive: true })
    const binaries = everything.filter(file => file.endsWith('.node'))
    expect(binaries).toHaveLength(process.getBuiltinModule('node:sqlite') === undefined ? 1 : 0)
  })
})

describe.runIf(process.getBuiltinModule('node:sqlite') === undefined)('a server without SQLite', () => {
  it('says what to do', async () => {
    const machine = `sqlite-${process.platform}-${process.arch}`
    const scoped = join(installed.folder, 'node_modules', String(owner['scope']))
    const [name = ''] = (await readdir(scoped)).filter(folder => folder.startsWith(machine))
    await rename(join(scoped, name), scratch.path('hidden'))
    try {
      const started = await installed.run('berthd', ['serve', '--port', '0', '--data-dir', scratch.path('none')])
      expect(started).toMatchObject({ exitCode: 1, stdout: '' })
      expect(started.stderr).toMatch(/^Node \S+ has no SQLite of its own, and none is installed for \S+: run Node 24,/)
      expect(started.stderr.trimEnd()).not.toContain('\n')
    } finally {
      await rename(scratch.path('hidden'), join(scoped, name))
    }
  })
})

describe('the installed programs', () => {
  it('serve, take a push, and delete as documented', async () => {
    const us: Keys = { AWS_SHARED_CREDENTIALS_FILE: scratch.path('data/credentials') }
    await berth(us, 'create-repository', '--repository-name', REPOSITORY)
    const layer = randomBytes(512)
    const two = await push(us, 'v1', layer)
    expect(await push(us, 'v2', layer)).toBe(two)
    // A tag of two, then the last one, with which the image goes.
    expect(await remove(us, ['imageTag=v1'])).toMatchObject({ failures: [] })
    expect((await images(us)).imageDetails).toMatchObject([{ imageDigest: two, imageTags: ['v2'] }])
    expect(await remove(us, ['imageTag=v2'])).toMatchObject({ failures: [] })
    expect((await images(us)).imageDetails).toEqual([])
    // A digest, with all its tags.
    expect(await remove(us, [`imageDigest=${await push(us, 'v3')}`])).toMatchObject({ failures: [] })
    expect((await images(us)).imageDetails).toEqual([])

    // In the registry of an account that allows it.
    const ours = await berth(us, 'describe-registries', '--query', 'registries[0].registryId')
    const them = await otherAccount()
    await berth(them, 'create-repository', '--repository-name', REPOSITORY)
    const theirs = await push(them)
    const statement = { Effect: 'Allow', Principal: { AWS: ours }, Action: 'ecr-public:*' }
    const text = JSON.stringify({ Version: '2012-10-17', Statement: [statement] })
    await berth(them, 'set-repository-policy', '--repository-name', REPOSITORY, '--policy-text', text)
    const answer = await remove(us, [`imageDigest=${theirs}`], '--registry-id', OTHER_ACCOUNT)
    expect(answer).toMatchObject({ imageIds: [{ imageDigest: theirs }], failures: [] })
    expect((await images(them)).imageDetails).toEqual([])
  })

  it('say their version, and nothing of the Node that runs them', async () => {
    expect(await installed.run('berthd', ['version'])).toMatchObject({ exitCode: 0, stderr: '' })
    expect(await installed.run('berth', ['--version'])).toMatchObject({
      exitCode: 0,
      stdout: expect.stringContaining(process.versions.node),
      stderr: '',
    })
    expect(server.output()).not.toMatch(/warning/i)
  })
})

async function otherAccount(): Promise<Keys> {
  const whose = ['--account', OTHER_ACCOUNT]
  await admin('account', 'create', '--account-id', OTHER_ACCOUNT, '--alias', 'project-b')
  await admin('user', 'create', ...whose, '--name', 'owner')
  const statement = { Effect: 'Allow', Action: ['ecr-public:*', 'sts:GetServiceBearerToken'], Resource: '*' }
  const document = JSON.stringify({ Version: '2012-10-17', Statement: [statement] })
  await admin('policy', 'put', ...whose, '--user', 'owner', '--name', 'everything', '--document', document)
  const { accessKeyId, secretAccessKey } = await admin('key', 'create', ...whose, '--user', 'owner')
  return { AWS_ACCESS_KEY_ID: accessKeyId ?? '', AWS_SECRET_ACCESS_KEY: secretAccessKey ?? '' }
}
