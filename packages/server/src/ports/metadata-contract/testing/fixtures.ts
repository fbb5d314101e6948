import { type Digest, digestOf } from '../../../domain/digest.ts'
import {
  type AccountId,
  parseAccountId,
  parseRegistryAlias,
  parseRepositoryName,
  parseTag,
} from '../../../domain/names.ts'
import type { StorageKey } from '../../blob-store.ts'
import type { MetadataStore, Rows } from '../../metadata-store.ts'
import type { BlobRow } from '../../rows/blobs/blobs.ts'
import type { UploadRow } from '../../rows/blobs/uploads.ts'
import type { Page, RepositoryId, UploadId } from '../../rows/common.ts'
import type { NewImageJob } from '../../rows/images/image-jobs.ts'
import type { AnnotatedManifestRow, ManifestReferences } from '../../rows/images/images.ts'
import type { ReferrerRow } from '../../rows/images/references.ts'
import type { RepositoryRow } from '../../rows/repositories/repositories.ts'

/** Runs a test on an empty store, and closes it whatever happened. */
export type WithStore = (test: (store: MetadataStore) => Promise<void>) => () => Promise<void>

export const ACCOUNT = parseAccountId('111111111111')
export const OTHER_ACCOUNT = parseAccountId('222222222222')
export const ALIAS = parseRegistryAlias('acme')
export const NAME = parseRepositoryName('tools/web')

export const digest = (seed: string | number): Digest => digestOf(`seed ${seed}`)
export const tag = parseTag
export const key = (text: string) => text as StorageKey

/** A registry with one primary alias, its default. */
export async function addRegistry(rows: Rows, accountId: AccountId = ACCOUNT, alias: string = ALIAS): Promise<void> {
  await rows.registries.create({
    accountId,
    createdAt: 1,
    displayName: undefined,
    verified: false,
    createOnPush: false,
  })
  await rows.registries.addAlias({
    alias: parseRegistryAlias(alias),
    accountId,
    primary: true,
    isDefault: true,
    createdAt: 1,
  })
}

export const newRepository = (name: string = NAME, accountId: AccountId = ACCOUNT) => ({
  accountId,
  name: parseRepositoryName(name),
  createdAt: 2,
  policyText: undefined,
  catalogData: undefined,
  resourceTags: [],
})

export async function addRepository(store: MetadataStore): Promise<RepositoryRow> {
  return store.transaction(async rows => {
    await addRegistry(rows)
    return rows.repositories.create(newRepository())
  })
}

export const blob = (seed: string | number): BlobRow => ({
  digest: digest(seed),
  sizeBytes: 10,
  storageKey: key(`key of ${seed}`),
})

export const manifest = (
  repositoryId: RepositoryId,
  of: Digest,
  change: Partial<AnnotatedManifestRow> = {},
): AnnotatedManifestRow => ({
  repositoryId,
  digest: of,
  mediaType: 'application/vnd.oci.image.manifest.v1+json',
  artifactType: undefined,
  configMediaType: undefined,
  subject: undefined,
  annotations: undefined,
  sizeBytes: 3,
  imageSizeBytes: 30,
  pushedAt: 5,
  ...change,
})

/** How a manifest with a subject is listed. */
export const referrer = ({
  digest,
  mediaType,
  artifactType,
  sizeBytes,
  annotations,
}: AnnotatedManifestRow): ReferrerRow => ({
  ...{ digest, mediaType, artifactType, sizeBytes },
  annotations: annotations && JSON.stringify(annotations),
})

/** Stores a manifest whose blobs are made first, where they are not there. */
export async function putImage(
  rows: Rows,
  row: AnnotatedManifestRow,
  references: Partial<ManifestReferences> = {},
): Promise<boolean> {
  const { blobs = [], children = [] } = references
  for (const each of blobs) {
    await rows.blobs.commit(row.repositoryId, { digest: each, sizeBytes: 10, storageKey: key(`key of ${each}`) }, 0)
  }
  return rows.images.put(row, Buffer.from('{}\n'), { blobs, children })
}

export const upload = (repositoryId: RepositoryId, id: string, change: Partial<UploadRow> = {}): UploadRow => ({
  id: id as UploadId,
  repositoryId,
  storageKey: key(`upload ${id}`),
  createdAt: 1,
  expiresAt: 100,
  parts: 0,
  lastPartBytes: 0,
  hasSmallPart: false,
  ...change,
})

/** Follows a listing page by page to its end. */
export async function walk<Row, Key>(
  list: (page: Page<Key>) => Promise<Row[]>,
  keyOf: (row: Row) => Key,
  limit: number,
): Promise<Row[]> {
  const all: Row[] = []
  for (let after: Key | undefined; ; ) {
    const page = await list({ after, limit })
    if (page.length > limit) throw new Error(`a page of ${page.length} where ${limit} were asked for`)
    all.push(...page)
    const last = page.at(-1)
    if (last === undefined) return all
    after = keyOf(last)
  }
}

export const job = (id: string, repositoryId: RepositoryId, change: Partial<NewImageJob> = {}): NewImageJob => ({
  ...{ id, kind: 'delete', repositoryId, accountId: ACCOUNT, userName: 'ada', accessKeyId: 'AK' },
  ...{ circumstances: '{}', createdAt: 1 },
  ...change,
})
