import type { Via } from '../domain/actor.ts'
import type { Brand } from '../domain/brand.ts'
import type { AnyDigest, Digest } from '../domain/digest.ts'
import type { BoundPrincipals } from '../domain/iam/policy.ts'
import type { AccountId, RegistryAlias, RepositoryName, Tag } from '../domain/names.ts'
import type { StorageKey } from './blob-store.ts'
import type { MultipartRows } from './rows/blobs/multiparts.ts'
import type { TagHistoryRows } from './rows/images/tag-history.ts'
import type { MoveRows, TableRows } from './rows/move/moves.ts'
import type { UsageRows } from './rows/repositories/account-usage.ts'
import type { CollectionRows } from './rows/upkeep/collection.ts'
import type { InventoryRows } from './rows/upkeep/inventory.ts'
import type { TimeRows } from './rows/upkeep/times.ts'

/**
 * The rows that decide what exists. Times are milliseconds since 1970, sizes are bytes, listings are
 * index ranges that start after a key and never skip by offset.
 */
export interface MetadataStore {
  /** Committed rows; every call stands by itself. Rows are written inside `transaction` only. */
  readonly rows: Rows
  /** Whether other servers, on other machines, may use the same rows. */
  readonly isShared: boolean
  /**
   * Runs `work` as if no other transaction ran beside it, and makes all of its writes visible at once: durable
   * when the promise resolves, none of them when `work` throws. Where another one comes between, `work` is undone
   * and run again from its start: it awaits nothing but rows, starts no transaction of its own, and leaves nothing
   * behind outside of the rows. They are dead when it ends.
   * @throws RegistryError `unavailable` when the store is full, locked for too long, gone, or moved elsewhere
   */
  transaction<T>(work: (rows: Rows) => Promise<T>, options?: TransactionOptions): Promise<T>
  /** Why whoever asks now may have to wait, in words for an operator; undefined where nothing is known to be wrong. */
  trouble?(): string | undefined
  close(): Promise<void>
}

export interface TransactionOptions {
  /**
   * For the move to other storage alone: runs also where a move has stopped all writes, and begins when every other
   * transaction, of any process, has ended.
   */
  readonly ofMove?: boolean
  /**
   * It reads or writes thousands of rows, or may: a store that works on the thread that asks it then has another thread do so.
   */
  readonly isLarge?: boolean
}

/** One group of rows for each use case's subject. */
export interface Rows {
  readonly registries: RegistryRows
  readonly users: UserRows
  readonly repositories: RepositoryRows
  readonly images: ImageRows
  readonly bin: BinRows
  readonly tagHistory: TagHistoryRows
  readonly blobs: BlobRows
  readonly uploads: UploadRows
  readonly signingKeys: SigningKeyRows
  readonly lifecycle: LifecycleRows
  readonly audit: AuditRows
  readonly usage: UsageRows
  readonly schedules: ScheduleRows
  readonly collection: CollectionRows
  readonly inventory: InventoryRows
  readonly moves: MoveRows
  readonly tables: TableRows
  readonly times: TimeRows
  readonly multiparts: MultipartRows
}

/** One page of a listing: at most `limit` entries, each greater than `after` in key order. */
export interface Page<Key> {
  readonly after?: Key | undefined
  readonly limit: number
}

// ── Registries: one an account ────────────────────────────────────────────────────────────────────

export interface RegistryRow {
  readonly accountId: AccountId
  readonly createdAt: number
  readonly displayName: string | undefined
  readonly verified: boolean
  readonly createOnPush: boolean
  /** Days that deleted images stay in the bin, where the registry's owner chose a number. */
  readonly binDays?: number | undefined
}

export interface AliasRow {
  readonly alias: RegistryAlias
  readonly accountId: AccountId
  /** The alias that repository URIs are made with; exactly one a registry. */
  readonly primary: boolean
  /** Given by berth when the registry was made; it cannot be deleted. */
  readonly isDefault: boolean
  readonly createdAt: number
}

export interface RegistryRows {
  /** @throws RegistryError `accountExists` */
  create(row: RegistryRow): Promise<void>
  find(accountId: AccountId): Promise<RegistryRow | undefined>
  /** By account id. */
  list(page: Page<AccountId>): Promise<RegistryRow[]>
  /** Changes the members that are there; `undefined` takes a name or a number of days away. */
  update(
    accountId: AccountId,
    change: {
      displayName?: string | undefined
      verified?: boolean
      createOnPush?: boolean
      binDays?: number | undefined
    },
  ): Promise<void>
  /** @throws RegistryError `aliasExists`. A primary alias takes that place from the one before it. */
  addAlias(row: AliasRow): Promise<void>
  findAlias(alias: RegistryAlias): Promise<AliasRow | undefined>
  /** Every alias of the account, the default first, then in the order of creation. */
  aliases(accountId: AccountId): Promise<AliasRow[]>
  makePrimary(alias: RegistryAlias): Promise<void>
  /** Not the default one. A primary alias gives that place back to the default. */
  deleteAlias(alias: RegistryAlias): Promise<void>
}

// ── Users and their keys ──────────────────────────────────────────────────────────────────────────

export interface UserRow {
  readonly accountId: AccountId
  readonly userName: string
  /** Never given again, also not to a user of the same name. */
  readonly userId: string
  readonly createdAt: number
}

export interface UserPolicyRow {
  readonly accountId: AccountId
  readonly userName: string
  readonly policyName: string
  readonly document: string
}

export interface AccessKeyRow {
  readonly accessKeyId: string
  readonly accountId: AccountId
  readonly userName: string
  /** The secret, encrypted with a key that is not in the database. */
  readonly sealedSecret: string
  readonly active: boolean
  readonly createdAt: number
}

/** What a request's authorisation needs of a user, in one read. */
export interface Principal {
  readonly accessKey: AccessKeyRow
  readonly userId: string
  /** Policy documents as stored, by policy name. */
  readonly policies: readonly string[]
}

export interface UserRows {
  /** @throws RegistryError `userExists` */
  create(row: UserRow): Promise<void>
  find(accountId: AccountId, userName: string): Promise<UserRow | undefined>
  /** By name. */
  list(accountId: AccountId): Promise<UserRow[]>
  /** The user, its policies and its keys. True when there was one. */
  delete(accountId: AccountId, userName: string): Promise<boolean>
  /** Adds the policy or replaces the one of that name. */
  putPolicy(row: UserPolicyRow): Promise<void>
  /** By policy name. */
  policies(accountId: AccountId, userName: string): Promise<UserPolicyRow[]>
  deletePolicy(accountId: AccountId, userName: string, policyName: string): Promise<boolean>
  addAccessKey(row: AccessKeyRow): Promise<void>
  findAccessKey(accessKeyId: string): Promise<AccessKeyRow | undefined>
  /** In the order of creation. */
  accessKeys(accountId: AccountId, userName: string): Promise<AccessKeyRow[]>
  setAccessKeyActive(accessKeyId: string, active: boolean): Promise<boolean>
  deleteAccessKey(accessKeyId: string): Promise<boolean>
  principal(accessKeyId: string): Promise<Principal | undefined>
}

// ── Repositories ──────────────────────────────────────────────────────────────────────────────────

/** Never used again, also after its repository was deleted. */
export type RepositoryId = Brand<number, 'RepositoryId'>

export interface ResourceTag {
  readonly key: string
  readonly value: string
}

/** Shown in the gallery. Absent members were not given. */
export interface CatalogData {
  readonly description?: string | undefined
  readonly architectures?: readonly string[] | undefined
  readonly operatingSystems?: readonly string[] | undefined
  readonly aboutText?: string | undefined
  readonly usageText?: string | undefined
  /** Names the stored logo; its bytes are read with `logo`. */
  readonly logoId?: string | undefined
}

export interface Logo {
  readonly logoId: string
  readonly mediaType: string
  readonly bytes: Buffer
}

/** What a repository's owner chose about deletions; patterns as `domain/tag-patterns.ts` reads them. */
export interface RepositorySettings {
  /** Days that deleted images stay in the bin; 0 for no bin, undefined for the registry's number. */
  readonly binDays?: number | undefined
  /** An image with such a tag is not deleted. */
  readonly protectedTags: readonly string[]
  /** Such a tag, once it points to an image, is not pushed over. */
  readonly immutableTags: readonly string[]
}

export interface NewRepositoryRow {
  readonly accountId: AccountId
  readonly name: RepositoryName
  readonly createdAt: number
  readonly policyText: string | undefined
  readonly catalogData: CatalogData | undefined
  readonly resourceTags: readonly ResourceTag[]
}

export interface RepositoryRow extends NewRepositoryRow {
  readonly id: RepositoryId
  /** Kept by `images`, not counted. */
  readonly imageCount: number
  /** Whom the policy named when it was set; undefined where it was set before that was kept. */
  readonly policyPrincipals: BoundPrincipals | undefined
  readonly settings: RepositorySettings
  /** Images in the bin and their `imageSizeBytes`; kept by `bin`. */
  readonly binCount: number
  readonly binBytes: number
}

/** A repository as `_catalog` names it: by its registry's primary alias. */
export interface CatalogEntry {
  readonly alias: RegistryAlias
  readonly name: RepositoryName
}

export interface RepositoryRows {
  /** @throws RegistryError `repositoryExists` */
  create(row: NewRepositoryRow): Promise<RepositoryRow>
  get(id: RepositoryId): Promise<RepositoryRow | undefined>
  find(accountId: AccountId, name: RepositoryName): Promise<RepositoryRow | undefined>
  /** By any alias of its registry: the look-up of every pull. */
  findByAlias(alias: RegistryAlias, name: RepositoryName): Promise<RepositoryRow | undefined>
  /** By name. */
  list(accountId: AccountId, page: Page<RepositoryName>): Promise<RepositoryRow[]>
  count(accountId: AccountId): Promise<number>
  /** What all repositories of the account have in their bins: the sums of `binCount` and `binBytes`. */
  binTotals(accountId: AccountId): Promise<{ images: number; bytes: number }>
  /** Images in the repository; undefined when there is no such repository any more. */
  imageCount(id: RepositoryId): Promise<number | undefined>
  /** All registries' repositories, by alias, then name. */
  catalog(page: Page<CatalogEntry>): Promise<CatalogEntry[]>
  /** Takes its name, logo and lifecycle policy from the repository: it is not there any more, but for `empty` and `delete`. */
  hide(id: RepositoryId): Promise<void>
  /** Those that were hidden and not deleted yet. */
  hidden(limit: number): Promise<RepositoryId[]>
  /**
   * Removes some of what is in a hidden repository, about `limit` rows, as `delete` removes all of it. False while there may
   * be more.
   */
  empty(id: RepositoryId, at: number, limit: number): Promise<boolean>
  /**
   * The repository and everything in it: images, tags, blob links (their digests queued for review), its bin,
   * tag history, policy, catalog data, logo and uploads (their storage keys journalled for removal).
   */
  delete(id: RepositoryId, at: number): Promise<void>
  setPolicy(id: RepositoryId, policyText: string | undefined, principals?: BoundPrincipals | undefined): Promise<void>
  /** Those with a policy of which it is not known whom it named, by id. */
  unbound(limit: number): Promise<RepositoryRow[]>
  /** `logo` replaces the stored one; undefined removes it. */
  setCatalogData(id: RepositoryId, data: CatalogData | undefined, logo: Logo | undefined): Promise<void>
  logo(logoId: string): Promise<Logo | undefined>
  setResourceTags(id: RepositoryId, tags: readonly ResourceTag[]): Promise<void>
  setSettings(id: RepositoryId, settings: RepositorySettings): Promise<void>
}

// ── Images: manifests and their tags ──────────────────────────────────────────────────────────────

export interface ManifestRow {
  readonly repositoryId: RepositoryId
  readonly digest: Digest
  readonly mediaType: string
  /** As the referrers list gives it, and DescribeImages as `artifactMediaType`: `artifactType`, else the config's media type. */
  readonly artifactType: string | undefined
  /** The `config.mediaType`. */
  readonly configMediaType: string | undefined
  readonly subject: AnyDigest | undefined
  readonly sizeBytes: number
  /** Config and layers; for an index the largest of its manifests (ECR Public, ImageDetail). */
  readonly imageSizeBytes: number
  readonly pushedAt: number
  /** As `recordPulls` was last told. */
  readonly lastPulledAt?: number | undefined
}

/** A manifest with its `annotations`, which may fill it: only a few such rows fit into memory at once. */
export interface AnnotatedManifestRow extends ManifestRow {
  readonly annotations: Readonly<Record<string, string>> | undefined
}

export interface ReferrersPage extends Page<Digest> {
  /** The page ends with the manifest that brings the sum of their sizes to this, if not before. */
  readonly enoughBytes: number
  /** Any of these, whatever the case of their letters; undefined: of all types. */
  readonly artifactTypes?: readonly string[] | undefined
}

/** What a manifest refers to inside its repository. */
export interface ManifestReferences {
  readonly blobs: readonly Digest[]
  readonly children: readonly Digest[]
  /** What it names and the repository lacks: `children` are entries of its list, which may come as manifests or as blobs. */
  readonly awaited?: { readonly blobs: readonly Digest[]; readonly children: readonly Digest[] } | undefined
}

/** The answer of the hottest read: where a tag or digest leads, without the bytes. */
export interface ManifestHead {
  readonly digest: Digest
  readonly mediaType: string
  readonly sizeBytes: number
}

export interface TagRow {
  readonly repositoryId: RepositoryId
  readonly tag: Tag
  readonly digest: Digest
  /** When the tag came to point to this digest. */
  readonly createdAt: number
}

export interface ImageRows {
  /**
   * One indexed read for a pull. Undefined when there is no such repository; `manifest` is undefined
   * when the repository is there and the manifest is not.
   */
  resolve(
    alias: RegistryAlias,
    name: RepositoryName,
    reference: { tag: Tag } | { digest: Digest },
  ): Promise<{ repositoryId: RepositoryId; manifest: ManifestHead | undefined } | undefined>
  /** A live manifest's exact bytes. */
  read(repositoryId: RepositoryId, digest: Digest): Promise<Buffer | undefined>
  find(repositoryId: RepositoryId, digests: readonly Digest[]): Promise<ManifestRow[]>
  /** By digest. */
  list(repositoryId: RepositoryId, page: Page<Digest>): Promise<ManifestRow[]>
  /**
   * Stores the manifest and its references. True when it is new: it is counted in the repository's `imageCount`. Of one
   * that is there, the references are recorded that were not, and `imageSizeBytes` follows. What is awaited is recorded
   * by whatever brings it to the repository: a blob's `commit` or `link`, or the `put` of a manifest. The caller has seen in the same transaction that the
   * blobs and children are in the repository; a reference to one that is not fails.
   */
  put(row: AnnotatedManifestRow, bytes: Buffer, references: ManifestReferences): Promise<boolean>
  /**
   * Removes manifests with their tags and references, remembers that they were there, counts them out, and queues the blobs they
   * referred to for the collector's review at `at`. Fails when an index that stays lists one of them.
   */
  delete(repositoryId: RepositoryId, digests: readonly Digest[], at: number): Promise<void>
  /** Those of `digests` that were live manifests of the repository once and were deleted, be they there again or not. */
  departed(repositoryId: RepositoryId, digests: readonly Digest[]): Promise<Set<Digest>>
  /** Remembers images that were deleted before there was a memory of it; `delete` does so by itself. */
  noteDeparted(repositoryId: RepositoryId, digests: readonly Digest[]): Promise<void>
  /** Those of `digests` that are live manifests of the repository. */
  existing(repositoryId: RepositoryId, digests: readonly Digest[]): Promise<Set<Digest>>
  /** The live indexes that list each child, of each the first `limit` at least: pairs, by child, then parent. */
  parents(
    repositoryId: RepositoryId,
    children: readonly Digest[],
    limit?: number,
  ): Promise<{ child: Digest; parent: Digest }[]>
  /** How many tags and references these manifests have together; whoever asks need not know about more than `enough`. */
  weigh(repositoryId: RepositoryId, digests: readonly Digest[], enough: number): Promise<number>
  /** By digest. */
  referrers(repositoryId: RepositoryId, subject: AnyDigest, page: ReferrersPage): Promise<AnnotatedManifestRow[]>

  /** Notes when manifests were last pulled; a time earlier than the one noted, or an absent manifest, changes nothing. */
  recordPulls(pulls: readonly { repositoryId: RepositoryId; digest: Digest; at: number }[]): Promise<void>

  /** Points the tag at a live manifest; `createdAt` stays when it already did. */
  putTag(row: TagRow): Promise<void>
  deleteTags(repositoryId: RepositoryId, tags: readonly Tag[]): Promise<void>
  /** Those of `tags` that exist, in byte order. */
  findTags(repositoryId: RepositoryId, tags: readonly Tag[]): Promise<TagRow[]>
  /** Every tag of each of the manifests: by digest, the tags of each in their byte order. */
  tagsOf(repositoryId: RepositoryId, digests: readonly Digest[]): Promise<TagRow[]>
  /** How many tags lead to any of the manifests. */
  countTags(repositoryId: RepositoryId, digests: readonly Digest[]): Promise<number>
  /** In the byte order of the tags. */
  listTags(repositoryId: RepositoryId, page: Page<Tag>): Promise<TagRow[]>
}

// ── The bin: deleted images that can still be restored ────────────────────────────────────────────

export type DeletionId = Brand<number, 'DeletionId'>

/** Who deleted images, and until when they can be restored. */
export interface Deletion {
  readonly deletedAt: number
  readonly deletedBy: string
  /** For a person: the call, or the rule with its number. */
  readonly reason: string
  readonly purgeAfter: number
}

/** One deletion of one image. A digest that is pushed and deleted again is another row. */
export interface BinRow extends ManifestRow, Deletion {
  /** Greater than those of all deletions before. */
  readonly id: DeletionId
  /** The tags it had, in their byte order. */
  readonly tags: readonly Tag[]
}

export interface BinPage extends Page<DeletionId> {
  /** Leaves out what is due at this time; undefined for none of it. */
  readonly notDueAt?: number | undefined
}

export interface BinRows {
  /**
   * Copies live manifests with their tags and references into the bin, and counts them in the repository's
   * `binCount`; their blobs stay stored until `remove`. The caller deletes the live rows in the same transaction.
   */
  add(repositoryId: RepositoryId, digests: readonly Digest[], deletion: Deletion): Promise<void>
  /** Newest first; `after` is the last id of the page before. */
  list(repositoryId: RepositoryId, page: BinPage): Promise<BinRow[]>
  /** The same for all repositories of an account. */
  listAll(accountId: AccountId, page: BinPage): Promise<BinRow[]>
  /** The newest deletion of each digest that is not due at `now`. */
  newest(repositoryId: RepositoryId, digests: readonly Digest[], now: number): Promise<BinRow[]>
  /** Every deletion of these digests that is not due at `now`, the oldest first. */
  deletions(repositoryId: RepositoryId, digests: readonly Digest[], now: number): Promise<BinRow[]>
  /** The newest deletion of an image that had the tag, not due at `now`, for each tag that has one. */
  newestTagged(repositoryId: RepositoryId, tags: readonly Tag[], now: number): Promise<Map<Tag, BinRow>>
  /** What the deleted index lists. */
  children(id: DeletionId): Promise<Digest[]>
  /**
   * Makes the image live again, and its blobs readable in the repository, leased until `leaseUntil`; takes it out of the bin.
   * Its tags lead to it from `at` on, but for those that lead somewhere: these are answered. An image that is live already
   * only gets its tags. Everything that it lists must be live.
   */
  restore(id: DeletionId, at: number, leaseUntil: number): Promise<{ tag: Tag; digest: Digest }[]>
  /**
   * The deleted images without tags whose subject the row is and that were deleted with it or after it: of each the newest
   * deletion that is not due at `now`.
   */
  attached(row: Pick<BinRow, 'id' | 'repositoryId' | 'digest' | 'deletedAt'>, now: number): Promise<BinRow[]>
  /** The binned indexes that list each child and are not due at `now`; `id` is that of the index's deletion. */
  parents(
    repositoryId: RepositoryId,
    children: readonly Digest[],
    now: number,
  ): Promise<{ child: Digest; parent: Digest; id: DeletionId; purgeAfter: number }[]>
  /** Takes rows out of the bin, counts them out, and queues their blobs for the collector's review at `at`. */
  remove(ids: readonly DeletionId[], at: number): Promise<void>
  /** Rows whose time is over, the longest over first. */
  due(now: number, limit: number): Promise<BinRow[]>
  /** The same for a transaction that removes them: until it ends, other transactions claim none of these. */
  claimDue(now: number, limit: number): Promise<BinRow[]>
}

// ── Blobs ─────────────────────────────────────────────────────────────────────────────────────────

export interface BlobRow {
  readonly digest: Digest
  readonly sizeBytes: number
  readonly storageKey: StorageKey
}

export interface BlobRows {
  /** The blob, where the repository may read it and it is not damaged; the same for every other read here. */
  find(repositoryId: RepositoryId, digest: Digest): Promise<BlobRow | undefined>
  /** One indexed read for a pull. Undefined when the repository is absent; `blob` is when the blob is. */
  resolve(
    alias: RegistryAlias,
    name: RepositoryName,
    digest: Digest,
  ): Promise<{ repositoryId: RepositoryId; blob: BlobRow | undefined } | undefined>
  /** Sizes of those of `digests` that the repository may read. */
  sizes(repositoryId: RepositoryId, digests: readonly Digest[]): Promise<Map<Digest, number>>
  /**
   * Makes the blob exist and readable in the repository, both leased until `leaseUntil`. Where the
   * digest is stored already, that row stays and `row.storageKey` is journalled for removal; where what is
   * stored is damaged, the new bytes take its place and the old ones are journalled. Returns the row that holds. The blob is queued for review when its lease is over, in case that no manifest
   * comes to refer to it; `link` does so too.
   */
  commit(repositoryId: RepositoryId, row: BlobRow, leaseUntil: number): Promise<BlobRow>
  /**
   * Lets another repository read a stored blob, damaged or not, and leases both; a lease never gets shorter.
   * False when the blob is gone.
   */
  link(repositoryId: RepositoryId, digest: Digest, leaseUntil: number): Promise<boolean>
  /** True when any repository may read the blob, and it is not damaged. */
  isLinked(digest: Digest): Promise<boolean>
  /** True when a manifest of the repository refers to the blob. */
  isReferenced(repositoryId: RepositoryId, digest: Digest): Promise<boolean>
  /**
   * Takes a blob that no manifest refers to from the repository and queues it for the collector's
   * review at `at`.
   */
  unlink(repositoryId: RepositoryId, digest: Digest, at: number): Promise<void>
  /** Digests whose review is due, the longest due first: the collector's queue. */
  dueReviews(now: number, limit: number): Promise<Digest[]>
  /** The same for a transaction that reviews them: until it ends, other transactions claim none of these. */
  claimReviews(now: number, limit: number): Promise<Digest[]>
  /**
   * Reviews one blob. Links that no manifest needs and whose lease is over go; with the last of them
   * goes the blob, when its own lease is over and no image in the bin needs it, and its storage key is journalled
   * for removal. The digest leaves the queue, or waits there for the end of the lease. Returns the blob if this
   * removed it.
   */
  collect(digest: Digest, now: number): Promise<BlobRow | undefined>
}

// ── Uploads ───────────────────────────────────────────────────────────────────────────────────────

export type UploadId = Brand<string, 'UploadId'>

export interface UploadRow {
  readonly id: UploadId
  readonly repositoryId: RepositoryId
  readonly storageKey: StorageKey
  readonly createdAt: number
  readonly expiresAt: number
  /** Parts received through UploadLayerPart; an OCI upload has none. */
  readonly parts: number
  /** Size of the last part received. */
  readonly lastPartBytes: number
  /** True when a part before the last one was under the minimum size. */
  readonly hasSmallPart: boolean
}

/** What the first so many bytes of an upload hash to. */
export interface HashedBytes {
  readonly digest: Digest
  readonly sizeBytes: number
}

/** A server's claim on an upload. */
export interface UploadClaim {
  readonly upload: UploadRow
  /** Counts the claims on this upload, so that each has its own. */
  readonly turn: number
  /** As the claim before this one left it. */
  readonly hashed: HashedBytes | undefined
}

/** What one server asks of the one that has an upload: to store what came, or to let a chunk go on at a byte. */
export type UploadWish = { readonly until: number } & (
  | { readonly kind: 'flush' }
  | { readonly kind: 'takeOver'; readonly firstByte: number }
)

export interface UploadRows {
  create(row: UploadRow): Promise<void>
  /** Only within its own repository. */
  find(repositoryId: RepositoryId, id: UploadId): Promise<UploadRow | undefined>
  addPart(id: UploadId, change: Pick<UploadRow, 'parts' | 'lastPartBytes' | 'hasSmallPart'>): Promise<void>
  extend(id: UploadId, expiresAt: number): Promise<void>
  /** Takes the upload until a time, unless another claim is in force. Undefined when it is gone. */
  claim(
    repositoryId: RepositoryId,
    id: UploadId,
    times: { readonly now: number; readonly until: number },
  ): Promise<UploadClaim | 'taken' | undefined>
  /** Leaves a wish for whoever has the upload at `now`, in the place of another one. False when nobody has it. */
  ask(id: UploadId, now: number, wish: UploadWish): Promise<boolean>
  /** The claim that is or was the last, and what is asked of it. Undefined when the upload is gone. */
  lastClaim(id: UploadId): Promise<{ turn: number; until: number; wish: UploadWish | undefined } | undefined>
  /** Takes the wish away, unless there was another claim since. */
  grant(id: UploadId, turn: number): Promise<void>
  /** Puts the end of a claim off. False when there was another claim since, or the upload is gone. */
  renew(id: UploadId, turn: number, until: number): Promise<boolean>
  /** Ends a claim, unless there was another since. What it says of the bytes takes the place of what was said before. */
  release(id: UploadId, turn: number, hashed: HashedBytes | undefined): Promise<void>
  /** Ends the upload; its bytes now belong to a blob. False when it was gone, or claimed again since `turn`. */
  complete(id: UploadId, turn?: number | undefined): Promise<boolean>
  /** Ends the upload and journals its storage key for removal. False as `complete`. */
  cancel(id: UploadId, turn?: number | undefined): Promise<boolean>
  /** The longest expired first, without those that are claimed. */
  expired(now: number, limit: number): Promise<UploadRow[]>
  /** Storage keys whose bytes are to be removed: the journal. */
  removals(limit: number): Promise<StorageKey[]>
  /** Strikes a key off the journal, once its bytes are gone. */
  removed(key: StorageKey): Promise<void>
}

// ── Keys that sign registry tokens ────────────────────────────────────────────────────────────────

export interface SigningKeyRow {
  readonly id: string
  readonly sealedKey: string
  readonly createdAt: number
  /** Tokens are signed with the newest key before this time, and refused after it. */
  readonly expiresAt: number
}

export interface SigningKeyRows {
  add(row: SigningKeyRow): Promise<void>
  /** Newest first. */
  list(): Promise<SigningKeyRow[]>
  delete(id: string): Promise<boolean>
}

// ── Keep rules ────────────────────────────────────────────────────────────────────────────────────

export interface LifecycleRow {
  readonly repositoryId: RepositoryId
  readonly policyText: string
  /** When its rules were last carried out. */
  readonly evaluatedAt: number | undefined
}

export interface LifecyclePreviewRow {
  readonly repositoryId: RepositoryId
  readonly policyText: string
  readonly startedAt: number
}

export interface LifecycleRows {
  find(repositoryId: RepositoryId): Promise<LifecycleRow | undefined>
  /** Undefined takes the policy away. A policy that is set has not been carried out yet. */
  set(repositoryId: RepositoryId, policyText: string | undefined): Promise<void>
  setEvaluatedAt(repositoryId: RepositoryId, at: number): Promise<void>
  /** Policies that were carried out at `until` at the latest, or never; by the id of their repositories. */
  due(until: number, page: Page<RepositoryId>): Promise<LifecycleRow[]>
  /** Replaces the repository's preview. */
  putPreview(row: LifecyclePreviewRow): Promise<void>
  findPreview(repositoryId: RepositoryId): Promise<LifecyclePreviewRow | undefined>
}

// ── The audit log ─────────────────────────────────────────────────────────────────────────────────

export interface AuditRecord {
  readonly recordedAt: number
  /** What was done, such as `DeleteImage` or `CreateAccessKey`. */
  readonly action: string
  readonly principal: string
  readonly sourceAddress?: string | undefined
  readonly via: Via
  readonly accountId?: AccountId | undefined
  readonly repository?: string | undefined
  readonly digest?: string | undefined
  readonly tag?: string | undefined
  /** More, for a person: a reason, a user's or a key's name. */
  readonly detail?: string | undefined
}

export interface AuditFilter {
  readonly accountId?: AccountId | undefined
  /** Only together with `accountId`. */
  readonly repository?: string | undefined
  readonly action?: string | undefined
  /** Inclusive. */
  readonly since?: number | undefined
  /** Exclusive. */
  readonly until?: number | undefined
}

/** Written with what it records, in one transaction; never changed. */
export interface AuditRows {
  append(records: readonly AuditRecord[]): Promise<void>
  /** Such a record for each tag of the live manifest, in their byte order. */
  appendForTags(record: AuditRecord, repositoryId: RepositoryId, digest: Digest): Promise<void>
  /** Oldest first. */
  list(filter: AuditFilter, page: Page<number>): Promise<(AuditRecord & { readonly id: number })[]>
}

// ── Work that one process at a time does ──────────────────────────────────────────────────────────

export interface ScheduleRow {
  readonly name: string
  readonly leaseUntil: number
  readonly finishedAt: number | undefined
  /** JSON, as the last run left it. */
  readonly report: string | undefined
}

export interface ScheduleRows {
  find(name: string): Promise<ScheduleRow | undefined>
  /** Takes the work until `leaseUntil`. False while another process has it, or when it was finished after `notSince`. */
  claim(name: string, now: number, leaseUntil: number, notSince: number): Promise<boolean>
  /** Puts the end of the lease off. */
  renew(name: string, leaseUntil: number): Promise<void>
  /** Gives the work back. */
  finish(name: string, at: number, report: string): Promise<void>
}
