import { writeFile } from 'node:fs/promises'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { basicOf } from '../oci/client.ts'
import { type Account, type Registry, startRegistry } from '../support/registry.ts'
import { makeScratch } from '../support/scratch.ts'

let registry: Registry
let account: Account

beforeAll(async () => {
  registry = await startRegistry()
})
afterAll(() => registry?.[Symbol.asyncDispose]())

/** Every way in that a login opens. */
interface Login {
  readonly basic: string
  readonly bearer: string
}

async function logIn(): Promise<Login> {
  const basic = basicOf('AWS', await registry.password(account))
  const answer = await fetch(`${registry.url}/token/`, { headers: { authorization: basic } })
  const { token } = (await answer.json()) as { token: string }
  const login = { basic, bearer: `Bearer ${token}` }
  await expectAccepted(login)
  return login
}

const base = (authorization: string) => fetch(`${registry.url}/v2/`, { headers: { authorization } })

async function expectAccepted({ basic, bearer }: Login): Promise<void> {
  for (const authorization of [basic, bearer]) expect((await base(authorization)).status).toBe(200)
}

/** 401 with a challenge, so that clients log in again, and no token for the old password. */
async function expectRefused({ basic, bearer }: Login, message: RegExp): Promise<void> {
  for (const authorization of [basic, bearer]) {
    const answer = await base(authorization)
    expect([answer.status, answer.headers.get('www-authenticate')]).toEqual([
      401,
      expect.stringMatching(/^Bearer realm=/),
    ])
    expect(await answer.json()).toEqual({ errors: [{ code: 'UNAUTHORIZED', message: expect.stringMatching(message) }] })
  }
  const token = await fetch(`${registry.url}/token/`, { headers: { authorization: basic } })
  expect([token.status, token.headers.get('www-authenticate')]).toEqual([401, expect.stringMatching(/^Basic realm=/)])
}

const expectKeyRefused = () =>
  expect(registry.control('DescribeRegistries', {}, account)).rejects.toMatchObject({
    code: 'UnrecognizedClientException',
  })

describe('what is revoked', () => {
  let accounts = 0
  beforeEach(async () => {
    accounts += 1
    account = await registry.createAccount(`account-${accounts}`, 'builder')
  })

  const revocations: Record<string, () => Promise<unknown>> = {
    'an access key that is revoked': () => registry.admin('key', 'revoke', '--access-key-id', account.accessKeyId),
    'an access key that is rotated': () => registry.admin('key', 'rotate', '--access-key-id', account.accessKeyId),
    'a user who is deleted': () =>
      registry.admin('user', 'delete', '--account', account.accountId, '--name', 'builder'),
  }

  for (const [what, revoke] of Object.entries(revocations)) {
    test(`${what} is refused at once, and so is all that was had with it`, async () => {
      const login = await logIn()
      await revoke()
      await expectRefused(login, /invalid/)
      await expectKeyRefused()
    })
  }

  test('a policy that is taken away counts at once', async () => {
    const { basic } = await logIn()
    const push = async () => {
      const url = `${registry.url}/v2/${account.alias}/faults/app/blobs/uploads/`
      return (await fetch(url, { method: 'POST', headers: { authorization: basic } })).status
    }
    await registry.control('CreateRepository', { repositoryName: 'faults/app' }, account)
    expect(await push()).toBe(202)
    const who = ['--account', account.accountId, '--user', 'builder']
    await registry.admin('policy', 'delete', ...who, '--name', 'everything')
    expect(await push()).toBe(403)
  })

  test('what a revoked signing key has signed is refused at once, and what comes after it is good', async () => {
    const login = await logIn()
    const [{ keyId }] = (await registry.admin('signing-key', 'list')).signingKeys
    await registry.admin('signing-key', 'rotate')
    await expectAccepted(login)
    await registry.admin('signing-key', 'revoke', '--key-id', keyId)
    await expectRefused(login, /invalid/)
    await logIn()
  })
})

test('an expired login is answered with 401 and a challenge', async () => {
  await using scratch = await makeScratch()
  const [clock, later] = [scratch.path('clock.mjs'), scratch.path('later')]
  await writeFile(
    clock,
    `import { existsSync } from 'node:fs'
     const now = Date.now
     Date.now = () => now() + (existsSync(${JSON.stringify(later)}) ? ${13 * 60 * 60 * 1000} : 0)`,
  )
  await registry[Symbol.asyncDispose]()
  registry = await startRegistry({ env: { NODE_OPTIONS: `--import=${clock}` } })
  account = registry
  const login = await logIn()
  await writeFile(later, '')
  await expectRefused(login, /expired/)
})
