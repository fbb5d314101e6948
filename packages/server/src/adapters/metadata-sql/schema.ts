import type { Generated } from 'kysely'
import type { Digest } from '../../domain/digest.ts'
import type { AccountId, RegistryAlias, RepositoryName, Tag } from '../../domain/names.ts'
import type { StorageKey } from '../../ports/blob-store.ts'
import type { RepositoryId, UploadId } from '../../ports/metadata-store.ts'

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
  }
  aliases: {
    alias: RegistryAlias
    account_id: AccountId
    is_primary: Flag
    is_default: Flag
    created_at: number
  }
  users: { account_id: AccountId; user_name: string; created_at: number }
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
    /** JSON of `CatalogData`. */
    catalog_data: string | null
    /** JSON of `ResourceTag[]`. */
    resource_tags: string
    image_count: number
  }
  logos: { logo_id: string; repository_id: RepositoryId; media_type: string; bytes: Uint8Array }
  manifests: {
    repository_id: RepositoryId
    digest: Digest
    media_type: string
    artifact_type: string | null
    config_media_type: string | null
    subject: Digest | null
    /** JSON of the manifest's `annotations`. */
    annotations: string | null
    size_bytes: number
    image_size_bytes: number
    pushed_at: number
  }
  /** Apart from `manifests`, so that listings do not walk over the bytes. */
  manifest_bytes: { repository_id: RepositoryId; digest: Digest; bytes: Uint8Array }
  manifest_blobs: { repository_id: RepositoryId; manifest: Digest; blob: Digest }
  manifest_children: { repository_id: RepositoryId; parent: Digest; child: Digest }
  tags: { repository_id: RepositoryId; tag: Tag; digest: Digest; created_at: number }
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
  }
  /** The collector's queue. */
  blob_reviews: { digest: Digest; review_after: number }
  /** The journal of bytes to remove. */
  removals: { storage_key: StorageKey; attempts: Generated<number>; retry_at: Generated<number> }
  /** The last pass of each kind. */
  passes: {
    name: 'collection'
    ran_by: 'server' | 'admin'
    started_at: number
    duration_ms: number
    uploads_expired: number
    blobs_collected: number
    bytes_collected: number
    keys_removed: number
    failures: number
  }
  signing_keys: { id: string; sealed_key: string; created_at: number; expires_at: number }
}
