import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { parseTag } from '../domain/names.ts'
import { deleteImages } from '../registry/images/delete-images.ts'
import { ACCOUNT, CALLER, openTemporaryRegistry, type TemporaryRegistry } from '../testing/temporary-registry.ts'
import { createProgress } from './progress.ts'
import { parseAdminCall } from './run-admin.ts'

let registry: TemporaryRegistry
beforeEach(async () => {
  registry = await openTemporaryRegistry()
})
afterEach(() => registry[Symbol.asyncDispose]())

async function audit(...options: string[]): Promise<{ action: string; detail?: string }[]> {
  const answer = parseAdminCall(['audit', ...options]).run({
    ...registry,
    createOnPush: false,
    progress: createProgress(process.stderr),
    place: 'here',
    showSecret: () => expect.unreachable('nothing is secret'),
    holdStore: () => expect.unreachable('nothing ignores leases'),
    openStorage: () => expect.unreachable('only a move opens other storage'),
  })
  const lines = []
  for await (const line of (await answer) as AsyncIterable<{ action: string; detail?: string }>) lines.push(line)
  return lines
}
const actions = async (...options: string[]) => (await audit(...options)).map(({ action }) => action)

describe('berthd admin audit', () => {
  it('tells who did what, when, from where and why', async () => {
    const digest = await registry.addImage('a', 'v1', 'v2')
    const actor = { ...CALLER, reason: 'no longer needed' }
    await deleteImages(registry.context, actor, registry.repository, [{ tag: parseTag('v1') }])
    registry.context.clock.time += 1000
    await deleteImages(registry.context, CALLER, registry.repository, [{ digest }])
    expect(await audit('--account', ACCOUNT, '--repository', 'tools/web')).toEqual([
      {
        ...{ id: expect.any(Number), recordedAt: '2026-01-02T00:00:00.000Z', action: 'DeleteTag', via: 'call' },
        ...{ principal: 'caller', sourceAddress: '127.0.0.1', accountId: ACCOUNT, repository: 'tools/web' },
        ...{ digest, tag: 'v1', detail: 'no longer needed' },
      },
      expect.objectContaining({ action: 'DeleteImage', tag: 'v2', recordedAt: '2026-01-02T00:00:01.000Z' }),
    ])
    expect(await actions('--since', '2026-01-02T00:00:01Z')).toEqual(['DeleteImage'])
    expect(await actions('--until', '2026-01-02T00:00:01Z')).toEqual(['CreateAccount', 'DeleteTag'])
    expect(await actions('--action', 'DeleteTag')).toEqual(['DeleteTag'])
    expect((await actions('--newest-first')).slice(0, 2)).toEqual(['DeleteImage', 'DeleteTag'])
    await expect(audit('--action', 'DeletTag')).rejects.toMatchObject({
      problem: { kind: 'parameterInvalid', constraint: expect.stringContaining('did you mean DeleteTag?') },
    })
  })

  it('records every change of users, keys and policies, and no secret', async () => {
    const { accessKey } = await registry.addAdministrator('ada')
    await registry.accounts.rotateAccessKey(accessKey.accessKeyId)
    await registry.accounts.deletePolicy(ACCOUNT, 'ada', 'all')
    await registry.accounts.deleteUser(ACCOUNT, 'ada')
    await registry.signingKeys.revoke((await registry.signingKeys.rotate()).id)
    expect(await actions()).toEqual([
      ...['CreateAccount', 'CreateUser', 'PutUserPolicy', 'CreateAccessKey'],
      ...['RevokeAccessKey', 'CreateAccessKey', 'DeleteUserPolicy', 'DeleteUser'],
      ...['RotateSigningKey', 'RevokeSigningKey'],
    ])
    const told = JSON.stringify(await audit())
    expect(told).toContain(accessKey.accessKeyId)
    expect(told).not.toContain(registry.sealer.open(accessKey.sealedSecret, accessKey.accessKeyId))
  })

  it('records every change of aliases and of the registry', async () => {
    const { accounts } = registry
    await accounts.addAlias(ACCOUNT, 'crew', { primary: false })
    await accounts.addAlias(ACCOUNT, 'team', { primary: true })
    await accounts.makePrimary('crew')
    await accounts.deleteAlias('team')
    await accounts.updateRegistry(ACCOUNT, { createOnPush: true })
    const told = (await audit()).map(({ action, detail }) => [action, detail]).slice(1)
    expect(told).toEqual([
      ['CreateAlias', 'crew'],
      ['CreateAlias', 'team, the primary one'],
      ['SetPrimaryAlias', 'crew'],
      ['DeleteAlias', 'team'],
      ['PutRegistrySettings', '{"createOnPush":true}'],
    ])
  })

  it('says what it cannot read', async () => {
    await expect(audit('--since', 'yesterday')).rejects.toMatchObject({ problem: { member: 'since' } })
    await expect(audit('--repository', 'web')).rejects.toMatchObject({ problem: { member: 'repository' } })
  })
})
