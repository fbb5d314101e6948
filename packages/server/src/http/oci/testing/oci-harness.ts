import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createMemoryBlobStore } from '../../../adapters/blob-memory/blob-memory.ts'
import { digestOf } from '../../../domain/digest.ts'
import { formatImagePath, type ImagePath } from '../../../domain/image-path.ts'
import { OCI_MANIFEST } from '../../../domain/manifest/media-types.ts'
import { type CoreProblem, RegistryError } from '../../../domain/problem.ts'
import type { BlobStore } from '../../../ports/blob-store.ts'
import { systemClock } from '../../../ports/clock.ts'
import { addRegistry, newRepository } from '../../../ports/metadata-contract/testing/fixtures.ts'
import type { ReadAction } from '../../../registry/access/rate-plans.ts'
import { Removals } from '../../../registry/blobs/removals.ts'
import { Uploads } from '../../../registry/blobs/uploads.ts'
import { BLOB_LEASE_MS, ECR_PUBLIC_QUOTAS, LIFECYCLE_MS, type RegistryContext } from '../../../registry/context.ts'
import { Pulls } from '../../../registry/images/pull.ts'
import { PullNotes } from '../../../registry/images/pull-notes.ts'
import { openTemporarySqliteMetadata } from '../../../testing/temporary-sqlite-metadata.ts'
import { createChallenge } from '../../access/bearer/challenge.ts'
import type { OciCaller, Verb } from '../../access/oci-caller.ts'
import { repositoryAt } from '../../access/oci-policies.ts'
import { BodyFiles } from '../../bodies/body-files.ts'
import { createClientOf } from '../../client.ts'
import { MemoryBudget } from '../../memory-budget.ts'
import { createOrigins } from '../../origins.ts'
import { createOciHandler } from '../handler.ts'

export interface RunningRegistry {
  readonly url: string
  readonly port: number
  readonly context: RegistryContext
  readonly pullNotes: PullNotes
  /** What the log was told. */
  readonly memory: MemoryBudget
  readonly logged: object[]
  /** Every permission that was asked for: `verb action path`. */
  readonly asked: string[]
  /** What each request was counted as. */
  readonly counted: (ReadAction | undefined)[]
  /** What the caller may not do from now on. */
  readonly deny: {
    authenticate?: CoreProblem
    require?: CoreProblem
    also?: CoreProblem | undefined
    scopes?: (path: ImagePath, verb: Verb) => boolean
  }
}

export const REPOSITORY = 'acme/tools/web'
export const OTHER_REPOSITORY = 'acme/tools/api'

/** What the client of a test may make the registry hold. */
export const HOLD_BYTES = 32 * 1024 * 1024

/** Runs `test` against a registry on a real socket, with two empty repositories. */
export function withRegistry(
  test: (registry: RunningRegistry) => Promise<void>,
  change: {
    blobs?: (store: BlobStore) => BlobStore
    /** How long a body may take. */
    windowMs?: number
  } = {},
): () => Promise<void> {
  return async () => {
    const metadata = await openTemporarySqliteMetadata()
    await metadata.transaction(async rows => {
      await addRegistry(rows)
      await rows.repositories.create(newRepository('tools/web'))
      await rows.repositories.create(newRepository('tools/api'))
    })
    const blobs = createMemoryBlobStore()
    const quotas = { ...ECR_PUBLIC_QUOTAS, layerMaxBytes: 2 * 1024 * 1024 }
    const context: RegistryContext = {
      metadata,
      blobs: change.blobs?.(blobs) ?? blobs,
      clock: systemClock,
      quotas,
      binDays: 7,
      lifecycleMs: LIFECYCLE_MS,
      blobLeaseMs: BLOB_LEASE_MS,
    }
    const folder = await mkdtemp(join(tmpdir(), 'berth-bodies-'))
    // A quarter is one client's.
    const memory = new MemoryBudget({ limitBytes: 4 * HOLD_BYTES, waitMs: 1 })
    const logged: object[] = []
    const asked: string[] = []
    const counted: RunningRegistry['counted'] = []
    const deny: RunningRegistry['deny'] = {}
    const require: OciCaller['require'] = async (path, verb, action) => {
      asked.push(`${verb} ${action} ${formatImagePath(path)}`)
      const confirm = async () => {
        if (deny.require) throw new RegistryError(deny.require)
      }
      await confirm()
      const found = await metadata.rows.repositories.findByAlias(path.alias, path.name)
      if (found === undefined) throw new RegistryError(notFound(path))
      const { registry, repository } = found
      return {
        ...{ registry, confirm },
        repository: repository && repositoryAt(path, repository, confirm),
        async also(other) {
          asked.push(`${verb} ${other} ${formatImagePath(path)}`)
          if (deny.also) throw new RegistryError(deny.also)
          return confirm
        },
      }
    }
    const newCaller = (): OciCaller => ({
      actor: { principal: 'tester', via: 'call' },
      holder: { address: '127.0.0.1' },
      inScope: (path, verb) => deny.scopes?.(path, verb) ?? true,
      async lookToPush(path) {
        const found = await metadata.rows.repositories.findByAlias(path.alias, path.name)
        if (found?.repository === undefined) throw new RegistryError(notFound(path))
        return { repository: found.repository, isAllowed: deny.require === undefined }
      },
      require,
    })
    const pullNotes = new PullNotes(context, error => logged.push({ err: error }))
    const handler = createOciHandler({
      context,
      uploads: new Uploads(context, new Removals(context, error => logged.push({ err: error }))),
      pulls: new Pulls(context, pullNotes),
      access: {
        async authenticate(_request: IncomingMessage, reading: ReadAction | undefined) {
          counted.push(reading)
          if (deny.authenticate) throw new RegistryError(deny.authenticate)
          return newCaller()
        },
      },
      challenge: createChallenge(
        createOrigins({ publicUrl: undefined, registryHost: undefined, clientOf: createClientOf() }),
      ),
      memory,
      bodyFiles: new BodyFiles(folder, 1024 ** 3),
      windowMs: change.windowMs ?? 60_000,
      continueOnDemand: true,
      log: { error: details => logged.push(details) },
    })
    const listener = (request: IncomingMessage, response: ServerResponse) => void handler(request, response)
    const server = createServer(listener).on('checkContinue', listener)
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    const { port } = server.address() as AddressInfo
    try {
      await test({ url: `http://127.0.0.1:${port}`, port, context, pullNotes, memory, logged, asked, counted, deny })
    } finally {
      server.closeAllConnections()
      server.close()
      await metadata.close()
      await rm(folder, { recursive: true })
    }
  }
}

const notFound = ({ alias, name }: ImagePath): CoreProblem => ({ kind: 'repositoryNotFound', name, registryId: alias })

/** Pushes a blob in one request and returns its digest. */
export async function pushBlob(url: string, bytes: Buffer | string, repository: string = REPOSITORY): Promise<string> {
  const digest = digestOf(bytes)
  const response = await fetch(`${url}/v2/${repository}/blobs/uploads/?digest=${digest}`, {
    method: 'POST',
    body: bytes,
  })
  if (response.status !== 201) throw new Error(`pushing a blob: ${response.status} ${await response.text()}`)
  return digest
}

/** An image manifest over the config `{}`, which must have been pushed. */
export function imageManifest(change: object = {}): string {
  const config = { mediaType: 'application/vnd.oci.image.config.v1+json', digest: digestOf('{}'), size: 2 }
  return JSON.stringify({ schemaVersion: 2, mediaType: OCI_MANIFEST, config, layers: [], ...change })
}

export function putManifest(
  url: string,
  reference: string,
  manifest: string,
  { contentType = OCI_MANIFEST, repository = REPOSITORY }: { contentType?: string; repository?: string } = {},
): Promise<Response> {
  return fetch(`${url}/v2/${repository}/manifests/${reference}`, {
    method: 'PUT',
    headers: { 'Content-Type': contentType },
    body: manifest,
  })
}

/** The codes of an error answer. */
export async function codesOf(response: Response): Promise<string[]> {
  const { errors } = (await response.json()) as { errors: { code: string }[] }
  return errors.map(({ code }) => code)
}
