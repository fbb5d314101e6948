/** The control API over a real socket and real rows, with a stand-in for signatures and policies. */

import { randomUUID } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer, request as httpRequest, type IncomingHttpHeaders } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Infer, type Operations, type ServiceNames, service } from '@berth/model'
import { type BerthOperations, berth, berthOperations } from '@berth/model/berth'
import { type EcrOperations, ecr, ecrOperations } from '@berth/model/ecr'
import { createMemoryBlobStore } from '../../../adapters/blob-memory/blob-memory.ts'
import { parseAccountId, parseRegistryAlias } from '../../../domain/names.ts'
import { Removals } from '../../../registry/blobs/removals.ts'
import { Uploads } from '../../../registry/blobs/uploads.ts'
import {
  BLOB_LEASE_MS,
  ECR_PUBLIC_QUOTAS,
  LIFECYCLE_MS,
  type Quotas,
  type RegistryContext,
} from '../../../registry/context.ts'
import { openTemporarySqliteMetadata } from '../../../testing/temporary-sqlite-metadata.ts'
import { BodyFiles } from '../../bodies/body-files.ts'
import { createClientOf } from '../../client.ts'
import { createLogoHandler } from '../../logo-handler.ts'
import { MemoryBudget } from '../../memory-budget.ts'
import { createControlHandler } from '../dispatch.ts'
import { FakeAccess } from './fake-access.ts'

export const OWNER = parseAccountId('111122223333')
export const STRANGER = parseAccountId('444455556666')

/** What one client may hold. */
export const HOLD_BYTES = 60 * 1024 * 1024

export type Json = Record<string, unknown>

export interface Answer {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  readonly text: string
  readonly json: Json
}

export interface RawRequest {
  readonly method?: string
  readonly path?: string
  readonly headers?: Record<string, string>
  readonly body?: string | Buffer
}

type AllOperations = Operations & BerthOperations & EcrOperations
type OperationName = keyof AllOperations
type Input<Op extends OperationName> = Infer<AllOperations[Op]['input']>

/** An input as JSON: blobs are base64 texts, and anything may be wrong. */
type Loose<T> = { [K in keyof T]?: unknown }

export interface Harness {
  readonly url: string
  readonly context: RegistryContext
  readonly access: FakeAccess
  readonly memory: MemoryBudget
  /** Milliseconds since 1970; tests move it. */
  readonly clock: { time: number; now(): number }
  /** What the handler logged. */
  readonly logged: unknown[]
  send(request: RawRequest): Promise<Answer>
  call<Op extends OperationName>(operation: Op, input: Loose<Input<Op>>, account?: string): Promise<Answer>
  /** The output of a call that succeeds. */
  ok<Op extends OperationName>(operation: Op, input: Loose<Input<Op>>, account?: string): Promise<Json>
  /** The exception and message of a call that fails, and its status with them. */
  fails<Op extends OperationName>(operation: Op, input: Loose<Input<Op>>, account?: string): Promise<Failure>
  close(): Promise<void>
}

export interface Failure {
  readonly status: number
  readonly name: unknown
  readonly message: unknown
}

/** A body may take a minute unless `windowMs` says less: a busy machine does not cut one off. */
export async function startControl(
  quotas: Partial<Quotas> = {},
  { windowMs = 60_000 }: { readonly windowMs?: number } = {},
): Promise<Harness> {
  const clock = { time: Date.UTC(2026, 0, 1), now: () => clock.time }
  const metadata = await openTemporarySqliteMetadata()
  const context = {
    metadata,
    blobs: createMemoryBlobStore(),
    clock,
    quotas: { ...ECR_PUBLIC_QUOTAS, ...quotas },
    binDays: 7,
    lifecycleMs: LIFECYCLE_MS,
    blobLeaseMs: BLOB_LEASE_MS,
  }
  await metadata.transaction(async rows => {
    const createdAt = clock.now()
    for (const [accountId, alias] of [
      [OWNER, 'owner'],
      [STRANGER, 'stranger'],
    ] as const) {
      const registry = { accountId, createdAt, displayName: undefined, verified: false, createOnPush: false }
      await rows.registries.create(registry)
      const row = { alias: parseRegistryAlias(alias), accountId, primary: true, isDefault: true, createdAt }
      await rows.registries.addAlias(row)
    }
  })
  const logged: unknown[] = []
  const fail = (error: unknown) => logged.push(error)
  const removals = new Removals(context, fail)
  const access = new FakeAccess()
  const memory = new MemoryBudget({ limitBytes: 4 * HOLD_BYTES, waitMs: 1 })
  const bodiesFolder = await mkdtemp(join(tmpdir(), 'berth-bodies-'))
  const control = createControlHandler({
    context,
    removals,
    uploads: new Uploads(context, removals),
    access,
    log: { error: fail },
    registryHost: () => 'registry.example',
    publicUrl: () => 'https://registry.example',
    memory,
    bodyFiles: new BodyFiles(bodiesFolder, 2 * 1024 ** 3),
    windowMs,
    clientOf: createClientOf(),
    newRequestId: randomUUID,
  })
  const logos = createLogoHandler({ metadata, count: async () => {}, memory, clientOf: createClientOf() })
  const server = createServer((request, response) => {
    const handler = request.url?.startsWith('/logos/') ? logos : control
    handler(request, response).catch(fail)
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo

  const send = (raw: RawRequest) => sendRaw(port, raw)
  const call: Harness['call'] = (operation, input, account = OWNER) =>
    send({ headers: callHeaders(operation, account), body: JSON.stringify(input) })
  return {
    url: `http://127.0.0.1:${port}`,
    context,
    access,
    clock,
    logged,
    memory,
    send,
    call,
    async ok(operation, input, account) {
      const answer = await call(operation, input, account)
      if (answer.status !== 200) throw new Error(`${operation} failed: ${answer.text}`)
      return answer.json
    },
    async fails(operation, input, account) {
      const { status, json } = await call(operation, input, account)
      return { status, name: json['__type'], message: json['message'] }
    },
    async close() {
      await new Promise(resolve => server.close(resolve))
      await removals.emptyJournal()
      await metadata.close()
      await rm(bodiesFolder, { recursive: true })
    },
  }
}

/** The headers of a well-formed call. */
export function callHeaders(operation: string, account: string = OWNER): Record<string, string> {
  return {
    'content-type': 'application/x-amz-json-1.1',
    'x-amz-target': `${serviceOf(operation).targetPrefix}.${operation}`,
    'x-test-account': account,
  }
}

/** No two services have operations of one name. */
function serviceOf(operation: string): ServiceNames {
  if (Object.hasOwn(berthOperations, operation)) return berth
  return Object.hasOwn(ecrOperations, operation) ? ecr : service
}

function sendRaw(port: number, { method = 'POST', path = '/', headers = {}, body }: RawRequest): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const request = httpRequest({ port, host: '127.0.0.1', method, path, headers, agent: false }, response => {
      const chunks: Buffer[] = []
      response.on('data', (chunk: Buffer) => chunks.push(chunk))
      response.on('error', reject)
      response.on('end', () => {
        const text = Buffer.concat(chunks).toString()
        const isJson = response.headers['content-type']?.startsWith('application/x-amz-json') ?? false
        const json = isJson ? (JSON.parse(text) as Json) : {}
        resolve({ status: response.statusCode ?? 0, headers: response.headers, text, json })
      })
    })
    request.on('error', reject)
    request.end(body)
  })
}
