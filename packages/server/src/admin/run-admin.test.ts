import { writeFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { USER_ID } from '../domain/iam/user-id.ts'
import type { NewAccessKey } from '../registry/access/accounts.ts'
import { openEmpty } from '../registry/move/testing/moving.ts'
import { ACCOUNT, ALLOW_ALL, openTemporaryRegistry, type TemporaryRegistry } from '../testing/temporary-registry.ts'
import { adminCommands } from './commands.ts'
import { parseAdminCall, UsageError } from './run-admin.ts'

describe('parseAdminCall', () => {
  const parse = (text: string) => parseAdminCall(text === '' ? [] : text.split(' '))

  it('leaves settings for the configuration, in their order', () => {
    const line = '--port 7 user list --account 1 --data-dir=/x --log-level info'.split(' ').slice(2)
    expect(parseAdminCall(line).rest).toEqual(['--data-dir', '/x', '--log-level', 'info'])
  })

  it.each([
    ['', 'No command was given'],
    ['user', 'There is no command "user"; these are there: user create, user list, user delete'],
    ['frob it', 'There is no command "frob it"; these are there: account create'],
    ['constructor ', 'There is no command'],
    ['user create --account 111111111111', 'user create needs --name'],
    ['key revoke', 'needs --access-key-id'],
    ['user create --name', '--name needs a value'],
    ['alias create --account 1 --name x --primary=false', '--primary takes no value'],
    ['user create --account --name ada', '--account needs a value'],
    ['migrate-storage --finish --abort', 'takes no more than one of --finish, --status, --abort.'],
    ['gc', 'berthd admin gc needs either --dry-run or --now'],
    ['gc --dry-run --now', 'berthd admin gc needs either --dry-run or --now'],
    ['gc states --now', 'There is no command "gc states"; these are there: gc, gc status. Did you mean gc status?'],
    ['acount list', 'Did you mean account list?'],
    ['verify now', 'There is no command "verify now"; these are there: verify.'],
  ])('says what is wrong with "%s" before anything is opened', (line, message) => {
    expect(() => parse(line)).toThrow(UsageError)
    expect(() => parse(line)).toThrow(message)
  })
})

/** What each command leaves in the audit log. Those that are not here read, or look after bytes that nobody sees. */
const RECORDED: Readonly<Record<string, readonly string[]>> = {
  'account create': ['CreateAccount'],
  'user create': ['CreateUser'],
  'user delete': ['DeleteUser'],
  'policy put': ['PutUserPolicy'],
  'policy delete': ['DeleteUserPolicy'],
  'key create': ['CreateAccessKey'],
  'key rotate': ['RevokeAccessKey', 'CreateAccessKey'],
  'key revoke': ['RevokeAccessKey'],
  'key enable': ['EnableAccessKey'],
  'alias create': ['CreateAlias'],
  'alias delete': ['DeleteAlias'],
  'alias primary': ['SetPrimaryAlias'],
  'registry set': ['PutRegistrySettings'],
  'signing-key rotate': ['RotateSigningKey'],
  'signing-key revoke': ['RevokeSigningKey'],
}
const UNRECORDED = ['list', 'gc', 'status', 'verify', 'audit', 'migrate-storage', 'rebuild']

describe('the commands', () => {
  it('are recorded, unless they read or look after bytes', () => {
    const silent = Object.keys(adminCommands).filter(name => RECORDED[name] === undefined)
    for (const name of silent) expect(UNRECORDED).toContain(name.split(' ').at(-1))
  })

  let registry: TemporaryRegistry
  let folder: string
  const ran = new Set<string>()
  beforeEach(async () => {
    registry = await openTemporaryRegistry()
    folder = await mkdtemp(join(tmpdir(), 'berth-admin-'))
  })
  afterEach(async () => {
    await registry[Symbol.asyncDispose]()
    await rm(folder, { recursive: true })
  })

  /** What a command prints, as one reads it back. */
  const run = async <T = Record<string, unknown>>(...argv: string[]): Promise<T> => {
    const name = argv.filter((word, at) => at < 2 && !word.startsWith('-')).join(' ')
    ran.add(name)
    const recorded = (await registry.metadata.rows.audit.list({}, { limit: 1_000 })).length
    const progress = { line: () => {}, now: () => {}, done: () => {} }
    let secret: unknown
    const answer = await parseAdminCall(argv).run({
      ...registry,
      showSecret: async shown => {
        secret = shown
      },
      createOnPush: true,
      progress,
      place: 'here',
      holdStore: async () => ({ check: async () => {}, [Symbol.dispose]: () => {} }),
      openStorage: async flags => ({ ...(await openEmpty()), place: flags.join(' ') }),
    })
    const records = (await registry.metadata.rows.audit.list({}, { limit: 1_000 })).slice(recorded)
    // A rotation is a new key and the end of the old one.
    // A move may make the first signing key of its new place.
    if (name !== 'migrate-storage')
      expect([name, records.map(each => each.action)]).toEqual([name, RECORDED[name] ?? []])
    expect(records.every(each => each.via === 'admin')).toBe(true)
    return JSON.parse(JSON.stringify(answer ?? secret))
  }
  const account = ['--account', ACCOUNT] as const
  const problem = (kind: string) => expect.objectContaining({ problem: expect.objectContaining({ kind }) })

  it('account: create, list', async () => {
    const made = await run('account', 'create', '--account-id', '222222222222', '--alias', 'second')
    expect(made).toMatchObject({ accountId: '222222222222', alias: 'second', createOnPush: true, verified: false })
    expect(await run('account', 'create')).toMatchObject({ alias: expect.any(String) })
    const { accounts } = await run('account', 'list')
    expect(accounts).toHaveLength(3)
    expect(accounts).toContainEqual(made)
  })

  it('user, key, policy: from nothing to nothing', async () => {
    await run('user', 'create', ...account, '--name', 'ann')
    expect(await run('user', 'list', ...account)).toEqual({
      users: [{ userName: 'ann', userId: expect.stringMatching(USER_ID), createdAt: '2026-01-02T00:00:00.000Z' }],
    })
    const user = [...account, '--user', 'ann'] as const
    const first = await run<NewAccessKey>('key', 'create', ...user)
    expect(first).toEqual({ accessKeyId: expect.any(String), secretAccessKey: expect.any(String) })
    const second = await run<NewAccessKey>('key', 'rotate', '--access-key-id', first.accessKeyId)
    const keys = async () => {
      const { accessKeys } = await run<{ accessKeys: { accessKeyId: string; status: string }[] }>(
        'key',
        'list',
        ...user,
      )
      return Object.fromEntries(accessKeys.map(({ accessKeyId, status }) => [accessKeyId, status]))
    }
    const [old, current] = [first.accessKeyId, second.accessKeyId]
    expect(await keys()).toEqual({ [old]: 'Inactive', [current]: 'Active' })
    expect(JSON.stringify(await run('key', 'list', ...user))).not.toContain(second.secretAccessKey)
    await run('key', 'revoke', '--access-key-id', current)
    expect(await keys()).toEqual({ [old]: 'Inactive', [current]: 'Inactive' })
    await run('key', 'enable', '--access-key-id', current)
    expect(await keys()).toEqual({ [old]: 'Inactive', [current]: 'Active' })
    await expect(run('key', 'enable', '--access-key-id', 'AKIANONE')).rejects.toEqual(problem('accessKeyNotFound'))

    const file = join(folder, 'policy.json')
    writeFileSync(file, ALLOW_ALL)
    await run('policy', 'put', ...user, '--name', 'all', '--document', `file://${file}`)
    await run('policy', 'put', ...user, '--name', 'more', '--document', ALLOW_ALL)
    const document = JSON.parse(ALLOW_ALL)
    expect(await run('policy', 'list', ...user)).toEqual({
      policies: [
        { policyName: 'all', document },
        { policyName: 'more', document },
      ],
    })
    await run('policy', 'delete', ...user, '--name', 'all')
    expect((await run('policy', 'list', ...user))['policies']).toHaveLength(1)
    await run('user', 'delete', ...account, '--name', 'ann')
    expect(await run('user', 'list', ...account)).toEqual({ users: [] })
    // A list of nobody's keys would look like one that is empty.
    await expect(keys()).rejects.toEqual(problem('userNotFound'))
    await expect(run('policy', 'list', ...user)).rejects.toEqual(problem('userNotFound'))
    for (const list of ['user', 'alias'])
      await expect(run(list, 'list', '--account', '999999999999')).rejects.toEqual(problem('accountNotFound'))
  })

  it.each(['{}', 'nonsense', '{"Statement":[{"Effect":"Allow","Action":"*"}]}', '[]'])(
    'policy put refuses %s',
    async document => {
      await run('user', 'create', ...account, '--name', 'ann')
      const put = run('policy', 'put', ...account, '--user', 'ann', '--name', 'p', '--document', document)
      await expect(put).rejects.toEqual(problem('parameterInvalid'))
    },
  )

  it('policy put tells of condition keys that no request has', async () => {
    await run('user', 'create', ...account, '--name', 'ann')
    const put = (Condition: object) => {
      const document = JSON.stringify({ Statement: [{ Effect: 'Deny', Action: '*', Resource: '*', Condition }] })
      return run('policy', 'put', ...account, '--user', 'ann', '--name', 'p', '--document', document)
    }
    expect(await put({ Bool: { 'aws:ViaAWSService': 'false' } })).toEqual({ userName: 'ann', policyName: 'p' })
    expect(await put({ StringLike: { 'aws:SourcIp': '1', 'aws:PrincipalTag/team': 'a' } })).toMatchObject({
      neverSet: ['aws:SourcIp', 'aws:PrincipalTag/team'],
    })
  })

  it('alias: create, list, primary, delete', async () => {
    expect((await run('alias', 'create', ...account, '--name', 'second', '--primary'))['aliases']).toContainEqual({
      alias: 'second',
      primary: true,
      default: false,
    })
    await run('alias', 'create', ...account, '--name', 'third')
    await run('alias', 'primary', '--name', 'third')
    await run('alias', 'delete', '--name', 'second')
    const { aliases } = await run<{ aliases: { alias: string; primary: boolean }[] }>('alias', 'list', ...account)
    expect(aliases.filter(row => row.primary).map(row => row.alias)).toEqual(['third'])
    expect(aliases).toHaveLength(3)
    await expect(run('alias', 'delete', '--name', 'third')).rejects.toEqual(problem('aliasInUse'))
  })

  it('registry set', async () => {
    expect(await run('registry', 'set', ...account, '--create-on-push', 'true')).toMatchObject({
      createOnPush: true,
      verified: false,
    })
    expect(await run('registry', 'set', ...account, '--verified', 'true', '--create-on-push', 'false')).toMatchObject({
      createOnPush: false,
      verified: true,
    })
    await expect(run('registry', 'set', ...account, '--verified', 'yes')).rejects.toEqual(problem('parameterInvalid'))
  })

  it('signing-key: rotate, list, revoke', async () => {
    const made = await run<{ keyId: string }>('signing-key', 'rotate')
    expect(await run('signing-key', 'list')).toEqual({ signingKeys: [made] })
    const { keyId } = made
    await run('signing-key', 'revoke', '--key-id', keyId)
    expect(await run('signing-key', 'list')).toEqual({ signingKeys: [] })
    await expect(run('signing-key', 'revoke', '--key-id', keyId)).rejects.toEqual(problem('parameterInvalid'))
  })

  it('gc: before, now and after', async () => {
    expect(await run('gc', '--dry-run')).toEqual({
      blobs: 0,
      bytes: 0,
      dueImages: 0,
      expiredUploads: 0,
      journalledKeys: 0,
      waiting: { leases: { blobs: 0, bytes: 0 }, bin: { images: 0, bytes: 0 } },
    })
    expect(await run('gc', '--now')).toMatchObject({ ranBy: 'admin', blobsCollected: 0, failures: 0 })
    expect(await run('gc', 'status')).toMatchObject({ lastPass: { startedAt: '2026-01-02T00:00:00.000Z' } })
  })

  it('search rebuild', async () => {
    expect(await run('search', 'rebuild')).toEqual({ repositories: 0 })
  })

  it('verify', async () => {
    expect(await run('verify')).toMatchObject({ left: 0, checked: { keys: 0, repositories: 1 } })
  })

  it('migrate-storage: copy, finish, and what cannot be taken back', async () => {
    expect(await run('migrate-storage', '--status')).toEqual({ state: 'none' })
    const to = ['--to-database', 'sqlite', '--to-blobs', 's3://bucket', '--to-data-dir', '/new']
    const place = '--to-database sqlite --to-blobs s3://bucket --to-data-dir /new'
    await registry.addImage('a', 'v1')
    expect(await run('migrate-storage', ...to)).toMatchObject({ to: place, state: 'copying', copied: { blobs: 1 } })
    expect(await run('migrate-storage', '--status')).toMatchObject({ state: 'copying', to: place })
    expect(await run('migrate-storage', '--abort')).toMatchObject({ state: 'copying' })
    expect(await run('migrate-storage', ...to, '--finish')).toMatchObject({ state: 'moved', rows: { tags: 1 } })
    expect(await run('migrate-storage', '--status')).toMatchObject({ state: 'moved', to: place })
    await expect(run('migrate-storage', '--abort')).rejects.toThrow(`This registry has moved to ${place}.`)
    await expect(run('user', 'create', ...account, '--name', 'ada')).rejects.toEqual(problem('unavailable'))
    for (const options of [[], to.slice(0, 2), to.slice(0, 4)])
      await expect(run('migrate-storage', ...options)).rejects.toThrow(UsageError)
  })

  // `audit` prints lines, and has tests of its own.
  it('were all run here', () => expect([...ran, 'audit'].sort()).toEqual(Object.keys(adminCommands).sort()))
})
