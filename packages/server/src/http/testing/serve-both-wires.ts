import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { NewAccessKey } from '../../registry/access/accounts.ts'
import { Passwords } from '../../registry/access/passwords.ts'
import { Removals } from '../../registry/blobs/removals.ts'
import { Uploads } from '../../registry/blobs/uploads.ts'
import { Pulls } from '../../registry/images/pull.ts'
import { PullNotes } from '../../registry/images/pull-notes.ts'
import { ACCOUNT, ALLOW_ALL, type TemporaryRegistry } from '../../testing/temporary-registry.ts'
import { createControlAccess } from '../access/control-access.ts'
import { createOciAccess } from '../access/oci-access.ts'
import { BodyFiles } from '../bodies/body-files.ts'
import { createClientOf } from '../client.ts'
import { createControlHandler } from '../control/dispatch.ts'
import { MemoryBudget } from '../memory-budget.ts'
import { createOciHandler } from '../oci/handler.ts'
import { createTokenHandler } from '../token/token.ts'

const HOUR_MS = 60 * 60 * 1000

/** Both wires on a socket, with their real access and a user who may do everything. */
export interface BothWires extends AsyncDisposable {
  readonly url: string
  readonly key: NewAccessKey
  /** The `Authorization` of the user's login at the registry endpoint. */
  readonly login: string
}

export async function serveBothWires({
  context,
  sealer,
  signingKeys,
  accounts,
}: TemporaryRegistry): Promise<BothWires> {
  await accounts.createUser(ACCOUNT, 'ci')
  await accounts.putPolicy(ACCOUNT, 'ci', 'all', ALLOW_ALL)
  const key = await accounts.createAccessKey(ACCOUNT, 'ci')
  const principal = await context.metadata.rows.accessKeys.principal(key.accessKeyId)
  if (principal === undefined) throw new Error('the key that was made is not there')
  const passwords = new Passwords(context, signingKeys, { userMs: 12 * HOUR_MS, anonymousMs: HOUR_MS })
  const { password } = await passwords.forUser(principal)

  const fail = (error: unknown) => console.error(error)
  const removals = new Removals(context, fail)
  const folder = await mkdtemp(join(tmpdir(), 'berth-bodies-'))
  const count = async () => {}
  const clientOf = createClientOf()
  const services = {
    ...{ context, clientOf, windowMs: 10_000, log: { error: fail } },
    uploads: new Uploads(context, removals),
    memory: new MemoryBudget({ limitBytes: 2 ** 27 }),
    bodyFiles: new BodyFiles(folder, 2 ** 30),
  }
  const oci = createOciHandler({
    ...services,
    pulls: new Pulls(context, new PullNotes(context, fail)),
    access: createOciAccess({ context, passwords, count, clientOf, region: 'us-east-1' }),
    challenge: () => 'Bearer',
  })
  const control = createControlHandler({
    ...{ ...services, removals },
    access: createControlAccess({ context, sealer, passwords, count, clientOf, regions: undefined }),
    registryHost: () => 'registry.example',
    publicUrl: () => 'https://registry.example',
    newRequestId: () => '00000000-0000-0000-0000-000000000000',
  })
  const token = createTokenHandler(passwords, count, 10_000)
  const server = createServer((request, response) => {
    const { url = '' } = request
    const handler = url.startsWith('/v2') ? oci : url.startsWith('/token') ? token : control
    void handler(request, response)
  })
  await once(server.listen(0, '127.0.0.1'), 'listening')
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    key,
    login: `Basic ${Buffer.from(`AWS:${password}`).toString('base64')}`,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      server.close()
      await rm(folder, { recursive: true })
    },
  }
}
