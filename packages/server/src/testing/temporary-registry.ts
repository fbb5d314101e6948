import { randomBytes, randomUUID } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openFsBlobStore } from '../adapters/blob-fs/blob-fs.ts'
import { createMemoryBlobStore } from '../adapters/blob-memory/blob-memory.ts'
import type { Actor } from '../domain/actor.ts'
import { type Digest, digestOf } from '../domain/digest.ts'
import type { ImagePath } from '../domain/image-path.ts'
import { OCI_INDEX, OCI_MANIFEST } from '../domain/manifest/media-types.ts'
import { parseAccountId, parseRegistryAlias, parseRepositoryName, parseTag } from '../domain/names.ts'
import { createSealer, type Sealer } from '../domain/secrets/sealer.ts'
import type { BlobStore, StorageKey } from '../ports/blob-store.ts'
import type { MetadataStore } from '../ports/metadata-store.ts'
import type { Principal } from '../ports/rows/access/access-keys.ts'
import { Accounts } from '../registry/access/accounts.ts'
import { SigningKeys } from '../registry/access/signing-keys.ts'
import {
  BLOB_LEASE_MS,
  ECR_PUBLIC_QUOTAS,
  LIFECYCLE_MS,
  type Quotas,
  type RegistryContext,
  type RepositoryRef,
} from '../registry/context.ts'
import { pushManifest } from '../registry/images/push-manifest.ts'
import { refTo } from '../registry/repositories/repository-ref.ts'
import { openTemporarySqliteMetadata } from './temporary-sqlite-metadata.ts'

export const ACCOUNT = parseAccountId('111111111111')
export const ALIAS = parseRegistryAlias('acme')
export const OPERATOR: Actor = { principal: 'operator', via: 'admin' }
export const CALLER: Actor = { principal: 'caller', sourceAddress: '127.0.0.1', via: 'call' }

/** A registry of one account with one repository, for tests. Its clock stands still until a test moves it. */
export interface TemporaryRegistry extends AsyncDisposable {
  readonly context: RegistryContext & { readonly clock: { time: number } }
  readonly metadata: MetadataStore
  readonly sealer: Sealer
  readonly accounts: Accounts
  readonly signingKeys: SigningKeys
  readonly repository: RepositoryRef
  readonly path: ImagePath
  addRepository(name: string): Promise<{ repository: RepositoryRef; path: ImagePath }>
  /** Adds a user that may do everything in the account, with a key. */
  addAdministrator(userName?: string): Promise<Principal>
  /** Adds a stored blob that the repository may read. */
  addBlob(bytes: Buffer, repository?: RepositoryRef): Promise<Digest>
  /** Adds an image with its tags. The bytes of its one config are `seed`. */
  addImage(seed: string, ...tags: string[]): Promise<Digest>
  /** Adds an index of those manifests, with what it says of them, and its tags. */
  addIndex(children: readonly (Digest | { digest: Digest; platform: object })[], ...tags: string[]): Promise<Digest>
}

export interface TemporaryRegistryOptions {
  readonly files?: boolean
  readonly shared?: boolean
  readonly quotas?: Partial<Quotas>
  readonly binDays?: number
  /** Empty rows to use in the place of SQLite's. They are closed with the registry. */
  readonly metadata?: MetadataStore
}

/**
 * Opens an empty store in a folder of its own, which is removed when the store is disposed of. Blobs are in memory
 * unless `files` is set. Where `shared` is set, use cases take the rows for those of several servers.
 */
export async function openTemporaryRegistry(options: TemporaryRegistryOptions = {}): Promise<TemporaryRegistry> {
  const metadata = options.metadata ?? (await openTemporarySqliteMetadata({ isShared: options.shared ?? false }))
  const folder = options.files ? await mkdtemp(join(tmpdir(), 'berth-blobs-')) : undefined
  const blobs = folder === undefined ? createMemoryBlobStore() : await openFsBlobStore(folder)
  const clock = { time: Date.UTC(2026, 0, 2), now: () => clock.time }
  const quotas = { ...ECR_PUBLIC_QUOTAS, ...options.quotas }
  const context = {
    metadata,
    blobs,
    clock,
    quotas,
    binDays: options.binDays ?? 7,
    lifecycleMs: LIFECYCLE_MS,
    blobLeaseMs: BLOB_LEASE_MS,
  }
  const sealer = createSealer(randomBytes(32))
  const accounts = new Accounts(context, sealer, OPERATOR)
  await accounts.createAccount({ accountId: ACCOUNT, alias: ALIAS, createOnPush: false })

  const addRepository = async (text: string) => {
    const name = parseRepositoryName(text)
    const absent = { policyText: undefined, catalogData: undefined, resourceTags: [] }
    const row = await metadata.transaction(rows =>
      rows.repositories.create({ accountId: ACCOUNT, name, createdAt: clock.time, ...absent }),
    )
    return { repository: { ...refTo(row), registryId: ALIAS }, path: { alias: ALIAS, name } }
  }
  const first = await addRepository('tools/web')

  const addBlob = async (bytes: Buffer, repository = first.repository) => {
    const row = { digest: digestOf(bytes), sizeBytes: bytes.length, storageKey: randomUUID() as string as StorageKey }
    const writer = await blobs.create(row.storageKey)
    await writer.write(Buffer.from(bytes))
    await writer.commit()
    await metadata.transaction(rows => rows.blobs.commit(repository.id, row, clock.time + BLOB_LEASE_MS))
    return row.digest
  }
  const push = async (document: object, tags: readonly string[]) => {
    const bytes = Buffer.from(JSON.stringify({ schemaVersion: 2, ...document }))
    const manifest = { repository: first.repository, bytes, contentType: undefined, tags: tags.map(parseTag) }
    return (await pushManifest(context, CALLER, manifest)).digest
  }

  return {
    context,
    metadata,
    sealer,
    accounts,
    signingKeys: new SigningKeys(context, sealer, OPERATOR),
    ...first,
    addRepository,

    async addAdministrator(userName = 'admin') {
      await accounts.createUser(ACCOUNT, userName)
      await accounts.putPolicy(ACCOUNT, userName, 'all', ALLOW_ALL)
      const { accessKeyId } = await accounts.createAccessKey(ACCOUNT, userName)
      const principal = await metadata.rows.accessKeys.principal(accessKeyId)
      if (principal === undefined) throw new Error('the key that was made is not there')
      return principal
    },

    addBlob,

    async addImage(seed, ...tags) {
      const digest = await addBlob(Buffer.from(seed))
      const config = { mediaType: 'application/vnd.oci.image.config.v1+json', digest, size: seed.length }
      return push({ mediaType: OCI_MANIFEST, config, layers: [] }, tags)
    },

    addIndex(children, ...tags) {
      const manifests = children.map(child => ({
        ...{ mediaType: OCI_MANIFEST, size: 1 },
        ...(typeof child === 'string' ? { digest: child } : child),
      }))
      return push({ mediaType: OCI_INDEX, manifests }, tags)
    },

    async [Symbol.asyncDispose]() {
      await metadata.close()
      if (folder !== undefined) await rm(folder, { recursive: true })
    },
  }
}

export const ALLOW_ALL = JSON.stringify({
  Version: '2012-10-17',
  Statement: [{ Effect: 'Allow', Action: '*', Resource: '*' }],
})

/** All storage keys that the store holds, in order. */
export async function keysIn(blobs: BlobStore): Promise<StorageKey[]> {
  const keys: StorageKey[] = []
  for await (const key of blobs.keys()) keys.push(key)
  return keys.sort()
}
