import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { expect, test } from 'vitest'
import { openDatabase } from '../../packages/server/src/adapters/metadata-sqlite/load-sqlite.ts'
import { testEmbedded } from '../support/embedded.ts'
import { BERTHD, startRegistry } from '../support/registry.ts'
import { type Outcome, run } from '../support/run.ts'
import { makeScratch } from '../support/scratch.ts'

/** Runs berthd where it cannot start. */
async function refusal(args: readonly string[], env: Record<string, string> = {}): Promise<Outcome> {
  const outcome = await run(process.execPath, [BERTHD, 'serve', ...args], { env })
  expect(outcome.exitCode).toBe(1)
  expect(outcome.stdout).toBe('')
  expect(outcome.stderr).not.toMatch(/^\s+at /m)
  return outcome
}

test('every bad setting is named, and nothing is made', async () => {
  await using scratch = await makeScratch()
  await writeFile(scratch.path('berth.yaml'), 'idleSeconds: soon\nlog: { level: loud }\nunknown: 1\n')
  const args = [
    '--data-dir',
    scratch.path('data'),
    '--port',
    '70000',
    '--config',
    scratch.path('berth.yaml'),
    '--flag',
    'x',
  ]
  const { stderr } = await refusal([...args, 'word'], { BERTH_DRAIN_SECONDS: '-1', BERTH_TYPO: '1' })
  for (const name of [
    '--port',
    'idleSeconds',
    'log.level',
    'unknown',
    '--flag',
    'word',
    'BERTH_DRAIN_SECONDS',
    'BERTH_TYPO',
  ])
    expect(stderr).toContain(name)
  expect(await readdir(scratch.path())).toEqual(['berth.yaml'])
})

test('a configuration file that is no YAML, or is not there', async () => {
  await using scratch = await makeScratch()
  await writeFile(scratch.path('broken.yaml'), 'a: [')
  for (const file of ['broken.yaml', 'absent.yaml'])
    expect((await refusal(['--config', scratch.path(file)])).stderr).toContain(file)
})

test('a port that another program has', async () => {
  await using registry = await startRegistry()
  await using scratch = await makeScratch()
  const { port } = new URL(registry.url)
  const { stderr } = await refusal(['--port', port, '--data-dir', scratch.path('data')])
  const inUse = `Port ${port} of 127.0.0.1 is in use by another program; name another port with`
  expect(stderr).toBe(`${inUse} --port.\n`)
  // Whichever of two ports is taken, the other one keeps nothing alive.
  for (const [taken, free] of [
    ['--port', '--metrics-port'],
    ['--metrics-port', '--port'],
  ] as const) {
    const both = [taken, port, free, '0', '--data-dir', scratch.path('data')]
    expect((await refusal(both)).stderr).toBe(`${inUse} ${taken}.\n`)
  }
  expect(await readdir(scratch.path())).toEqual([])
})

test('admin makes no registry where none is; init makes one, once', async () => {
  await using scratch = await makeScratch()
  const berthd = (...args: string[]) => run(process.execPath, [BERTHD, ...args, '--data-dir', scratch.path('data')])
  for (const command of [
    ['account', 'create'],
    ['gc', '--now'],
    ['verify', '--repair'],
  ]) {
    const { exitCode, stdout, stderr } = await berthd('admin', ...command)
    expect([exitCode, stdout]).toEqual([1, ''])
    expect(stderr).toMatch(/^There is no registry in .*\/data\/berth\.db, and nothing was made\. .*`berthd init`\.\n$/)
  }
  expect(await readdir(scratch.path())).toEqual([])

  const first = await berthd('init')
  const { accountId, secretAccessKey } = JSON.parse(first.stdout)
  expect(first.stderr).toContain('it is shown this once')
  expect(await berthd('init')).toEqual({
    exitCode: 0,
    stdout: '',
    stderr: expect.stringContaining('already; nothing was changed.\n'),
  })
  expect(JSON.parse((await berthd('admin', 'account', 'list')).stdout).accounts).toMatchObject([{ accountId }])
  const key = ['admin', 'key', 'create', '--account', accountId, '--user', 'admin', '--data-dir', scratch.path('data')]
  const lost = await run('sh', ['-c', 'exec "$0" "$@" >/dev/full', process.execPath, BERTHD, ...key])
  expect([lost.exitCode, lost.stderr]).toEqual([1, expect.stringContaining('nothing was changed')])
  const { accessKeys } = JSON.parse(
    (await berthd('admin', 'key', 'list', '--account', accountId, '--user', 'admin')).stdout,
  )
  expect(accessKeys).toHaveLength(1)
  expect((await readdir(scratch.path('data'))).sort()).toEqual(['berth.db', 'blobs', 'secret.key', 'serve.lock'])
  expect(await readFile(scratch.path('data', 'berth.db'), 'latin1')).not.toContain(secretAccessKey)
})

test('a database of another program is left as it is, by every command', async () => {
  await using scratch = await makeScratch()
  await mkdir(scratch.path('data'))
  const other = await openDatabase(scratch.path('data', 'berth.db'))
  other.exec('create table notes (text)')
  other.close()
  const before = await readFile(scratch.path('data', 'berth.db'))
  for (const command of [['serve', '--port', '0'], ['init'], ['admin', 'account', 'list']]) {
    const { exitCode, stderr } = await run(process.execPath, [BERTHD, ...command, '--data-dir', scratch.path('data')])
    expect([exitCode, stderr]).toEqual([
      1,
      expect.stringMatching(/is a database of another program \(with the tables notes\)/),
    ])
  }
  expect(await readFile(scratch.path('data', 'berth.db'))).toEqual(before)
  expect(await readdir(scratch.path('data'))).toEqual(['berth.db'])
})

test('a data folder that another server has is left alone; admin works beside it, and a kill frees it', async () => {
  await using registry = await startRegistry()
  const { stderr } = await refusal(['--port', '0', '--data-dir', registry.dataDir])
  expect(stderr).toContain(`${registry.dataDir} is in use by another berthd`)
  expect(await registry.admin('account', 'list')).toBeDefined()
  await registry.kill()
  await registry.restart()
  expect((await registry.control('DescribeRegistries')).registries).toHaveLength(1)
})

test('a data folder that cannot be made or written', async () => {
  await using scratch = await makeScratch()
  await writeFile(scratch.path('file'), '')
  for (const folder of [scratch.path('file'), scratch.path('file', 'data')]) {
    expect((await refusal(['--data-dir', folder])).stderr).toBe(`${scratch.path('file')} is a file, and no folder.\n`)
    const admin = await run(process.execPath, [BERTHD, 'admin', 'account', 'list', '--data-dir', folder])
    expect(admin).toEqual({ exitCode: 1, stdout: '', stderr: `${scratch.path('file')} is a file, and no folder.\n` })
  }
  await mkdir(scratch.path('data', 'berth.db'), { recursive: true })
  expect((await refusal(['--port', '0', '--data-dir', scratch.path('data')])).stderr).toContain('berth.db')
})

testEmbedded(
  'replicas are given their key',
  'a secret key that is gone, or is none, is never made anew over sealed secrets',
  async () => {
    await using registry = await startRegistry()
    await registry.stop()
    const files = () => readdir(registry.dataDir)
    const key = `${registry.dataDir}/secret.key`
    await rm(key)
    const before = await files()
    expect((await refusal(['--port', '0', '--data-dir', registry.dataDir])).stderr).toContain(`${key} is missing`)
    expect(await files()).toEqual(expect.arrayContaining(before))
    expect(await files()).not.toContain('secret.key')
    await writeFile(key, 'no key\n')
    const { stderr } = await refusal(['--port', '0', '--data-dir', registry.dataDir])
    expect(stderr).toContain(`${key} does not hold 64 hexadecimal digits`)
  },
)

test('admin with another secret key makes nothing that servers could not open', async () => {
  await using registry = await startRegistry()
  const { accountId, accessKeyId } = await registry.createAccount('other', 'ci')
  const { deployment } = registry
  const env = { ...deployment.env, BERTH_SECRET_KEY: 'f'.repeat(64) }
  const withAnother = (...args: string[]) =>
    run(process.execPath, [BERTHD, 'admin', ...args, ...deployment.settings], { env })
  for (const command of [
    ['key', 'create', '--account', accountId, '--user', 'ci'],
    ['key', 'rotate', '--access-key-id', accessKeyId],
    ['signing-key', 'rotate'],
  ])
    expect(await withAnother(...command)).toMatchObject({
      exitCode: 1,
      stdout: '',
      stderr: 'The secret key is not the one that the secrets in the database were sealed with.\n',
    })
  // What seals nothing can be done without it.
  expect((await withAnother('key', 'list', '--account', accountId, '--user', 'ci')).exitCode).toBe(0)
  await registry.restart()
})

test('a database that is none is left as it is', async () => {
  await using scratch = await makeScratch()
  await mkdir(scratch.path('data'), { recursive: true })
  await writeFile(scratch.path('data', 'berth.db'), 'this is no database, '.repeat(500))
  const { stderr } = await refusal(['--port', '0', '--data-dir', scratch.path('data')])
  expect(stderr).toContain(
    `${scratch.path('data', 'berth.db')} is no database, or one that was damaged, and stays as it is.`,
  )
})

testEmbedded(
  'replicas have theirs in the environment',
  'a key among the arguments is not for other users to see',
  async () => {
    const key = '5ec2e7'.repeat(11).slice(0, 64)
    await using registry = await startRegistry({ args: ['--secret-key', key] })
    const shown = await readFile(`/proc/${registry.pid()}/cmdline`, 'utf8')
    expect(shown).toContain('berthd')
    expect(shown).not.toContain(key.slice(0, 12))
  },
)

test('a password in what cannot be understood is not repeated', async () => {
  for (const args of [
    ['postgres://berth:hunter2@db/berth'],
    ['--databse', 'postgres://berth:hunter2@db/berth'],
    ['-database=postgres://berth:hunter2@db/berth'],
    ['--database', 'postgres://berth:hunt/er2@db/berth'],
    ['--public-url', 'ftp://berth:hunter2@db'],
    ['--port', 'postgres://berth:hunter2@db/berth'],
  ]) {
    const { stderr } = await refusal(args)
    expect(stderr, args.join(' ')).not.toContain('hunt')
    // Each letter after a single dash is parsed as a flag.
    expect(stderr, args.join(' ')).not.toContain('-h is')
  }
  const admin = await run(process.execPath, [BERTHD, 'admin', 'verify', 'postgres://berth:hunter2@db/berth'])
  expect([admin.exitCode, admin.stderr]).toEqual([1, expect.not.stringContaining('hunter2')])
})
