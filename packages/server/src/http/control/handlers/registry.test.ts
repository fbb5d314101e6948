import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { parseRegistryAlias } from '../../../domain/names.ts'
import { type Harness, OWNER, STRANGER, startControl } from '../testing/harness.ts'

let control: Harness
beforeAll(async () => {
  control = await startControl()
})
afterAll(() => control.close())

describe('DescribeRegistries', () => {
  it("describes the caller's registry with all its aliases", async () => {
    await control.context.metadata.transaction(rows =>
      rows.registries.addAlias({
        alias: parseRegistryAlias('nice-name'),
        accountId: OWNER,
        primary: true,
        isDefault: false,
        createdAt: control.clock.now(),
      }),
    )
    expect(await control.ok('DescribeRegistries', { maxResults: 5 })).toEqual({
      registries: [
        {
          registryId: OWNER,
          registryArn: `arn:aws:ecr-public::${OWNER}:registry/${OWNER}`,
          registryUri: 'registry.example/nice-name',
          verified: false,
          aliases: [
            { name: 'owner', status: 'ACTIVE', primaryRegistryAlias: false, defaultRegistryAlias: true },
            { name: 'nice-name', status: 'ACTIVE', primaryRegistryAlias: true, defaultRegistryAlias: false },
          ],
        },
      ],
    })
    const { repository } = await control.ok('CreateRepository', { repositoryName: 'app' })
    expect(repository).toMatchObject({ repositoryUri: 'registry.example/nice-name/app' })
    expect((await control.ok('DescribeRegistries', {}, STRANGER))['registries']).toMatchObject([
      { registryId: STRANGER, aliases: [{ name: 'stranger' }] },
    ])
  })

  it('knows no token', async () => {
    expect(await control.fails('DescribeRegistries', { nextToken: 'x' })).toMatchObject({
      name: 'InvalidParameterException',
    })
  })

  it('asks on the registry', async () => {
    control.access.denied.add('ecr-public:DescribeRegistries')
    expect(await control.fails('DescribeRegistries', {})).toMatchObject({ name: 'AccessDeniedException' })
    control.access.denied.clear()
  })
})

describe('GetAuthorizationToken', () => {
  it('gives the password as AWS:PASSWORD in base64', async () => {
    expect(await control.ok('GetAuthorizationToken', {})).toEqual({
      authorizationData: {
        authorizationToken: Buffer.from(`AWS:ey-${OWNER}`).toString('base64'),
        expiresAt: Date.UTC(2026, 0, 1, 12) / 1000,
      },
    })
  })

  it.each(['ecr-public:GetAuthorizationToken', 'sts:GetServiceBearerToken'])('needs %s', async action => {
    control.access.denied.add(action)
    const failure = await control.fails('GetAuthorizationToken', {})
    control.access.denied.clear()
    expect(failure).toEqual({
      status: 400,
      name: 'AccessDeniedException',
      message: `User: arn:aws:iam::${OWNER}:user/tester is not authorized to perform: ${action} on resource: * because no identity-based policy allows the ${action} action`,
    })
  })
})
