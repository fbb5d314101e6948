import { afterAll, beforeAll, expect, it } from 'vitest'
import { isProblem } from '../../domain/problem.ts'
import type { Sealer } from '../../domain/secrets/sealer.ts'
import type { Principal } from '../../ports/rows/access/access-keys.ts'
import { openTemporaryRegistry, type TemporaryRegistry } from '../../testing/temporary-registry.ts'
import { Passwords } from './passwords.ts'
import { SignIn } from './sign-in.ts'
import { SignInAttempts } from './sign-in-attempts.ts'

let registry: TemporaryRegistry
let active: Principal
let inactive: Principal
beforeAll(async () => {
  registry = await openTemporaryRegistry()
  active = await registry.addAdministrator('active')
  inactive = await registry.addAdministrator('inactive')
  const { accessKeyId } = inactive.accessKey
  await registry.metadata.transaction(rows => rows.accessKeys.setActive(accessKeyId, false))
})
afterAll(() => registry[Symbol.asyncDispose]())

/** What an attempt asks the rows and opens, and how it ends. */
async function workOf(accessKeyId: string, secret: string): Promise<unknown> {
  const { context, sealer, signingKeys } = registry
  const done: string[] = []
  const watched: Sealer = {
    ...sealer,
    open(sealed, name) {
      const text = sealer.open(sealed, name)
      done.push(`opened ${text.length} characters of ${sealed.length}`)
      return text
    },
  }
  const accessKeys = new Proxy(context.metadata.rows.accessKeys, {
    get: (rows, name, receiver) => {
      done.push(`asked for ${String(name)}`)
      return Reflect.get(rows, name, receiver)
    },
  })
  const metadata = { ...context.metadata, rows: { ...context.metadata.rows, accessKeys } }
  const hour = 60 * 60 * 1000
  const passwords = new Passwords(context, signingKeys, { userMs: hour, anonymousMs: hour })
  const attempts = new SignInAttempts(context.clock)
  const signIn = new SignIn({ ...context, metadata }, watched, passwords, attempts)
  const end = await signIn.byKey(accessKeyId, secret, '192.0.2.1').then(
    ({ principal }) => principal.accessKey.userName,
    error => (isProblem(error, 'credentialsRefused') ? error.problem : error),
  )
  return [...done, end]
}

it('does the same for keys that are wrong, unknown and inactive, and ends in the same way', async () => {
  const secretOf = ({ accessKey: { sealedSecret, accessKeyId } }: Principal) =>
    registry.sealer.open(sealedSecret, accessKeyId)
  const id = active.accessKey.accessKeyId
  const refused = await workOf(id, 'x'.repeat(40))
  expect(refused).toEqual([
    'asked for principal',
    expect.stringMatching(/^opened 40 characters of \d+$/),
    { kind: 'credentialsRefused', reason: 'invalid' },
  ])
  for (const [kind, accessKeyId, secret] of [
    ['unknown', id.replace(/.$/, '0'), secretOf(active)],
    ['inactive', inactive.accessKey.accessKeyId, secretOf(inactive)],
    ['inactive and wrong', inactive.accessKey.accessKeyId, 'x'],
    ['empty', id, ''],
  ] as const)
    expect([kind, await workOf(accessKeyId, secret)]).toEqual([kind, refused])
  expect(await workOf(id, secretOf(active))).toContain('active')
})
