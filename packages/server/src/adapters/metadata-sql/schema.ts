import type { Generated } from 'kysely'
import type { Via } from '../../domain/actor.ts'
import type { AnyDigest, Digest } from '../../domain/digest.ts'
import type { AccountId, RegistryAlias, RepositoryName, Tag } from '../../domain/names.ts'
import type { StorageKey } from '../../ports/blob-store.ts'
import type { DeletionId, RepositoryId, UploadId } from '../../ports/rows/common.ts'
import type { ImageJobOutcome, ImageJobState } from '../../ports/rows/images/image-jobs.ts'
import type { MoveRole, MoveState } from '../../ports/rows/move/moves.ts'

/** A boolean column: 0 and 1 mean the same to every engine. */
export type Flag = 0 | 1

/** The tables as `migrations/` makes them. Times are milliseconds since 1970. */
export interface Schema {
  registries: {
    account_id: AccountId
    created_at: number
    display_name: string | null
    verified: Flag
    create_on_push: Flag
    bin_days: number | null
    hides_pulls: Generated<Flag>
  }
  aliases: {
    alias: RegistryAlias
    account_id: AccountId
    is_primary: Flag
    is_default: Flag
    created_at: number
  }
  /** `user_id` is null for a user from before there were ids. */
  users: { account_id: AccountId; user_name: string; created_at: number; user_id: string | null }
  user_policies: { account_id: AccountId; user_name: string; policy_name: string; document: string }
  access_keys: {
    access_key_id: string
    account_id: AccountId
    user_name: string
    sealed_secret: string
    active: Flag
    created_at: number
  }
  repositories: {
    id: Generated<RepositoryId>
    account_id: AccountId
    name: RepositoryName
    created_at: number
    policy_text: string | null
    /** JSON of `BoundPrincipals`; null for a policy that was set before principals were bound. */
    policy_principals: string | null
    /** JSON of `CatalogData`. */
    catalog_data: string | null
    /** JSON of `ResourceTag[]`. */
    resource_tags: string
    image_count: number
    /** `RepositorySettings` as JSON. */
    settings: string | null
    lifecycle_policy: string | null
    lifecycle_evaluated_at: number | null
    bin_count: Generated<number>
    bin_bytes: Generated<number>
    /** When the newest image was pushed. */
    last_pushed_at: number | null
  }
  logos: { logo_id: string; repository_id: RepositoryId; media_type: string; bytes: Uint8Array }
  manifests: {
    repository_id: RepositoryId
    digest: Digest
    media_type: string
    artifact_type: string | null
    config_media_type: string | null
    subject: AnyDigest | null
    /** The manifest's `annotations` as JSON. */
    annotations: string | null
    size_bytes: number
    image_size_bytes: number
    pushed_at: number
    last_pulled_at: number | null
    /** The platform; null until it has been looked up, and empty where there is none. */
    platform: string | null
  }
  /** The facts of configurations that pages show, as JSON. */
  image_configs: { digest: Digest; facts: string }
  /** The bytes of manifests, apart from `manifests`, so that listings do not walk over them. */
  manifest_bytes: { repository_id: RepositoryId; digest: Digest; bytes: Uint8Array }
  manifest_blobs: { repository_id: RepositoryId; manifest: Digest; blob: Digest }
  manifest_children: { repository_id: RepositoryId; parent: Digest; child: Digest }
  /**
   * The digests that manifests name and the repository lacks. `is_child` marks an entry of an index's list, which may
   * be a manifest or a blob.
   */
  awaited_references: { repository_id: RepositoryId; manifest: Digest; digest: Digest; is_child: Flag }
  /** Every image that was deleted, however long ago. */
  departed_images: { repository_id: RepositoryId; digest: Digest }
  /** `sort_key` is the tag's `naturalKey`; null where a server of an older release wrote the tag. */
  tags: { repository_id: RepositoryId; tag: Tag; digest: Digest; created_at: number; sort_key: string | null }
  blobs: {
    digest: Digest
    size_bytes: number
    storage_key: StorageKey
    lease_until: number
    /** When the bytes were found to be missing or wrong; null while nothing is known against them. */
    damaged_at: number | null
  }
  /** Which repository may read and mount which blob. */
  repository_blobs: { repository_id: RepositoryId; digest: Digest; lease_until: number }
  uploads: {
    id: UploadId
    repository_id: RepositoryId
    storage_key: StorageKey
    created_at: number
    expires_at: number
    parts: number
    last_part_bytes: number
    has_small_part: Flag
    /** How often a server claimed the upload, and until when the last claim holds. */
    turn: Generated<number>
    turn_until: Generated<number>
    /** The wish of another server to the one that has claimed the upload, as JSON. */
    wish: string | null
    /** The digest of the first `hashed_bytes` bytes. */
    hashed_digest: Digest | null
    hashed_bytes: number | null
  }
  /** The collector's queue. */
  blob_reviews: { digest: Digest; review_after: number }
  multiparts: { storage_key: StorageKey; multipart_id: string }
  /** The journal of bytes to remove. */
  removals: { storage_key: StorageKey; attempts: Generated<number>; retry_at: Generated<number> }
  /** Backups for which removals wait. */
  removal_holds: { hold_id: string; held_until: number }
  /** The last pass of each kind. */
  passes: {
    name: 'collection'
    ran_by: 'server' | 'admin'
    started_at: number
    duration_ms: number
    uploads_expired: number
    images_purged: number
    images_expired: Generated<number>
    blobs_collected: number
    bytes_collected: number
    keys_removed: number
    failures: number
  }
  signing_keys: { id: string; sealed_key: string; created_at: number; expires_at: number }
  /** The bin. Its `bytes` are the manifest's. */
  deleted_images: {
    id: Generated<DeletionId>
    repository_id: RepositoryId
    account_id: AccountId
    digest: Digest
    media_type: string
    artifact_type: string | null
    config_media_type: string | null
    subject: AnyDigest | null
    annotations: string | null
    size_bytes: number
    image_size_bytes: number
    pushed_at: number
    last_pulled_at: number | null
    bytes: Uint8Array
    deleted_at: number
    deleted_by: string
    reason: string
    purge_after: number
  }
  deleted_image_tags: { deletion_id: DeletionId; tag: Tag; repository_id: RepositoryId }
  deleted_image_blobs: { deletion_id: DeletionId; blob: Digest }
  deleted_image_children: { deletion_id: DeletionId; child: Digest; repository_id: RepositoryId }
  /** Kept by triggers (`usage-counters.ts`); an account has the sum of its rows. */
  account_usage: {
    account_id: AccountId
    slot: number
    stored_bytes: Generated<number>
    audit_bytes: Generated<number>
    open_uploads: Generated<number>
  }
  /** Where tags led; `is_lost` where the image `from_digest` has not got the tag back. */
  tag_moves: {
    id: Generated<number>
    repository_id: RepositoryId
    account_id: AccountId
    tag: Tag
    from_digest: Digest | null
    to_digest: Digest | null
    moved_at: number
    moved_by: string
    keep_until: number
    is_lost: Flag
  }
  /** How often something was pulled; `day` as `dayOf` gives it. */
  repository_pulls: { repository_id: RepositoryId; day: number; pulls: number }
  tag_pulls: { repository_id: RepositoryId; tag: Tag; day: number; pulls: number }
  /** Work on many images that a user has begun. */
  image_jobs: {
    job_id: string
    kind: 'delete' | 'restore'
    repository_id: RepositoryId
    account_id: AccountId
    user_name: string
    access_key_id: string
    /** How the request came, as JSON. */
    circumstances: string
    created_at: number
    /** When its last step was done. */
    stepped_at: number
    finished_at: number | null
    state: ImageJobState
    reason: string | null
    items: number
    handled: number
    failed: number
    images: number
    tags: number
  }
  image_job_items: {
    job_id: string
    position: number
    digest: Digest | null
    tag: Tag | null
    outcome: ImageJobOutcome | null
    failure: string | null
  }
  /** The audit log, to which records are only ever added. */
  audit_log: {
    id: Generated<number>
    recorded_at: number
    action: string
    principal: string
    source_address: string | null
    via: Via
    account_id: AccountId | null
    repository: string | null
    digest: string | null
    tag: string | null
    detail: string | null
  }
  lifecycle_previews: { repository_id: RepositoryId; policy_text: string; started_at: number }
  /** Work that one process at a time does. */
  schedules: { name: string; lease_until: number; finished_at: number | null; report: string | null }
  ended_sessions: { session_id: string; forget_after: number }
  sign_in_links: { hash: string; access_key_id: string; good_until: number }
  servers: { server_id: string; present_until: number }
  storage_moves: {
    role: MoveRole
    move_id: string
    state: MoveState
    stop_id: string | null
    worker: string | null
    other_end: string
    changed_at: number
  }
  /** Bytes that a move has begun to write here, and whether they are whole. */
  moved_keys: { storage_key: StorageKey; is_whole: Flag }
  /**
   * What search knows of repositories that hold images. `facets` are words between spaces. Tables of words are of each
   * engine's own kind (`SqlSearch`).
   */
  search_entries: {
    repository_id: RepositoryId
    account_id: AccountId
    /** `ALIAS/NAME`, by the primary alias. */
    path: string
    name: RepositoryName
    last_part: string
    verified: Flag
    facets: string
    /** The facets, where the server that wrote them knows the platforms of images. */
    known_facets: string | null
    /** The pulls of the last 30 days. */
    pulls: Generated<number>
  }
  /** Kept by triggers. `repository_id` is 0 where all of the account's repositories are meant. */
  search_stale: { account_id: AccountId; repository_id: RepositoryId; changes: number }
}
