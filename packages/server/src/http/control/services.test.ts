/** Several services on one endpoint, each with its own targets and signatures, and the SDK as a client. */
import { randomUUID } from 'node:crypto'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { DeleteLifecyclePolicyCommand, ECRClient, GetLifecyclePolicyCommand } from '@aws-sdk/client-ecr'
import { type HandlersOf, operations, type ServiceNames, service } from '@berth/model'
import { berth, berthOperations } from '@berth/model/berth'
import { ecr, ecrOperations } from '@berth/model/ecr'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ControlError } from '../../domain/problem.ts'
import type { NewAccessKey } from '../../registry/access/accounts.ts'
import { Passwords } from '../../registry/access/passwords.ts'
import { ACCOUNT, ALLOW_ALL, openTemporaryRegistry, type TemporaryRegistry } from '../../testing/temporary-registry.ts'
import { createControlAccess } from '../access/control-access.ts'
import { authorizeRepository } from '../access/control-policies.ts'
import { BodyFiles } from '../bodies/body-files.ts'
import { createClientOf } from '../client.ts'
import { MemoryBudget } from '../memory-budget.ts'
import type { ControlCall } from './call.ts'
import { createDispatcher } from './dispatch.ts'
import { targetsOf } from './targets.ts'
import { signedFetch } from './testing/signed-fetch.ts'

const lifecyclePolicyText = JSON.stringify({ rules: [], comment: 'x'.repeat(100) })

const SETTINGS = { effectiveBinDays: 7, hidePulls: false, deletedImageCount: 0, deletedImageBytes: 0 }

let registry: TemporaryRegistry
let server: Server
let endpoint: string
let key: NewAccessKey

beforeAll(async () => {
  registry = await openTemporaryRegistry()
  const { context, sealer, accounts } = registry
  // The SDK signs by the clock of the machine.
  context.clock.time = Date.now()
  await accounts.createUser(ACCOUNT, 'ann')
  await accounts.putPolicy(ACCOUNT, 'ann', 'all', ALLOW_ALL)
  key = await accounts.createAccessKey(ACCOUNT, 'ann')

  const ecrHandlers: Pick<
    HandlersOf<typeof ecrOperations, ControlCall>,
    'GetLifecyclePolicy' | 'DeleteLifecyclePolicy'
  > = {
    async GetLifecyclePolicy({ repositoryName }, { caller }) {
      const lastEvaluatedAt = new Date(1_700_000_000_000)
      return { registryId: caller.accountId, repositoryName, lifecyclePolicyText, lastEvaluatedAt }
    },
    async DeleteLifecyclePolicy(input, { caller }) {
      const { DeleteLifecyclePolicy } = ecrOperations
      const { name } = await authorizeRepository(context.metadata.rows, caller, DeleteLifecyclePolicy, input)
      throw new ControlError({ kind: 'lifecyclePolicyNotFound', name, registryId: caller.accountId })
    },
  }
  const { GetLifecyclePolicy, DeleteLifecyclePolicy } = ecrOperations
  const { GetRegistrySettings } = berthOperations
  const { GetRegistryCatalogData } = operations
  const targets = new Map([
    ...targetsOf(ecr, { GetLifecyclePolicy, DeleteLifecyclePolicy }, ecrHandlers),
    ...targetsOf(
      berth,
      { GetRegistrySettings },
      {
        GetRegistrySettings: async (_, { caller }) => ({ registryId: caller.accountId, ...SETTINGS }),
      },
    ),
    ...targetsOf(
      service,
      { GetRegistryCatalogData },
      { GetRegistryCatalogData: async () => ({ registryCatalogData: {} }) },
    ),
  ])
  const passwords = new Passwords(context, registry.signingKeys, { userMs: 1_000, anonymousMs: 1_000 })
  const handler = createDispatcher(targets, {
    access: createControlAccess({
      context,
      sealer,
      passwords,
      count: async () => {},
      clientOf: createClientOf(),
      regions: undefined,
    }),
    registryHost: () => 'registry.example',
    publicUrl: () => 'https://registry.example',
    memory: new MemoryBudget({ limitBytes: Number.POSITIVE_INFINITY }),
    bodyFiles: new BodyFiles('/nonexistent', 0),
    windowMs: 10_000,
    clientOf: createClientOf(),
    newRequestId: randomUUID,
    log: { error: (_, message) => expect.fail(message) },
  })
  server = createServer((request, response) => void handler(request, response))
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
})
afterAll(async () => {
  server.closeAllConnections()
  await new Promise(resolve => server.close(resolve))
  await registry[Symbol.asyncDispose]()
})

const client = () => new ECRClient({ endpoint, region: 'eu-west-1', credentials: key, maxAttempts: 1 })

async function call(names: ServiceNames, operation: string, signedFor = names.signingName) {
  const response = await signedFetch(`${endpoint}/`, {
    credentials: key,
    service: signedFor,
    target: `${names.targetPrefix}.${operation}`,
    body: '{}',
  })
  return { status: response.status, json: (await response.json()) as unknown }
}

describe('several services on one endpoint', () => {
  it('have the SDK of ECR read an answer', async () => {
    const { $metadata, ...answer } = await client().send(new GetLifecyclePolicyCommand({ repositoryName: 'team/web' }))
    expect(answer).toEqual({
      registryId: ACCOUNT,
      repositoryName: 'team/web',
      lifecyclePolicyText,
      lastEvaluatedAt: new Date(1_700_000_000_000),
    })
  })

  it("tell the SDK of ECR an error by ECR's name", async () => {
    const deletion = client().send(new DeleteLifecyclePolicyCommand({ repositoryName: 'no/where' }))
    await expect(deletion).rejects.toMatchObject({ name: 'RepositoryNotFoundException' })
  })

  it.each([
    ['ecr-public', berth, 'GetRegistrySettings', { registryId: ACCOUNT, ...SETTINGS }],
    ['ecr-public', service, 'GetRegistryCatalogData', { registryCatalogData: {} }],
  ])('take requests that are signed for %s: %j', async (_, names, operation, json) => {
    expect(await call(names, operation)).toEqual({ status: 200, json })
  })

  it.each([
    ['ecr-public', ecr, 'GetLifecyclePolicy'],
    ['ecr', berth, 'GetRegistrySettings'],
    ['ecr', service, 'GetRegistryCatalogData'],
    ['berth', berth, 'GetRegistrySettings'],
  ])('refuse a request signed for %s where another service is asked: %j %s', async (signedFor, names, operation) => {
    expect(await call(names, operation, signedFor)).toMatchObject({
      status: 400,
      json: { __type: 'InvalidSignatureException', message: expect.stringContaining(`'${names.signingName}'`) },
    })
  })

  it('know each operation by its own prefix only', async () => {
    expect(await call(service, 'GetRegistrySettings')).toMatchObject({ json: { __type: 'UnknownOperationException' } })
    expect(await call(ecr, 'GetRegistryCatalogData')).toMatchObject({ json: { __type: 'UnknownOperationException' } })
  })
})
