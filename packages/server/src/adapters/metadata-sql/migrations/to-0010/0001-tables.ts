import type { SqlEngine } from '../../engine.ts'

/**
 * The tables of docs/decisions/0002-storage-keys.md. Foreign keys hold the invariants: a tag points to a
 * live manifest, and a live manifest's blobs and children are in its repository.
 */
export const tables = ({ identity, text, bytes, keyedTable }: SqlEngine): string[] => [
  `create table registries (
    account_id ${text} not null primary key,
    created_at bigint not null,
    display_name ${text},
    verified smallint not null,
    create_on_push smallint not null
  )`,

  `create table aliases (
    alias ${text} not null primary key,
    account_id ${text} not null references registries (account_id),
    is_primary smallint not null,
    is_default smallint not null,
    created_at bigint not null
  )`,
  `create index aliases_account on aliases (account_id)`,
  `create unique index aliases_primary on aliases (account_id) where is_primary = 1`,

  `create table users (
    account_id ${text} not null references registries (account_id),
    user_name ${text} not null,
    created_at bigint not null,
    primary key (account_id, user_name)
  )`,

  `create table user_policies (
    account_id ${text} not null,
    user_name ${text} not null,
    policy_name ${text} not null,
    document ${text} not null,
    primary key (account_id, user_name, policy_name),
    foreign key (account_id, user_name) references users (account_id, user_name)
  )`,

  `create table access_keys (
    access_key_id ${text} not null primary key,
    account_id ${text} not null,
    user_name ${text} not null,
    sealed_secret ${text} not null,
    active smallint not null,
    created_at bigint not null,
    foreign key (account_id, user_name) references users (account_id, user_name)
  )`,
  `create index access_keys_user on access_keys (account_id, user_name)`,

  `create table repositories (
    id ${identity},
    account_id ${text} not null references registries (account_id),
    name ${text} not null,
    created_at bigint not null,
    policy_text ${text},
    catalog_data ${text},
    resource_tags ${text} not null,
    image_count bigint not null,
    unique (account_id, name)
  )`,

  `create table logos (
    logo_id ${text} not null primary key,
    repository_id bigint not null unique references repositories (id),
    media_type ${text} not null,
    bytes ${bytes} not null
  )`,

  `create table blobs (
    digest ${text} not null primary key,
    size_bytes bigint not null,
    storage_key ${text} not null,
    lease_until bigint not null
  ) ${keyedTable}`,

  `create table repository_blobs (
    repository_id bigint not null references repositories (id),
    digest ${text} not null references blobs (digest),
    lease_until bigint not null,
    primary key (repository_id, digest)
  ) ${keyedTable}`,
  `create index repository_blobs_digest on repository_blobs (digest)`,

  `create table manifests (
    repository_id bigint not null references repositories (id),
    digest ${text} not null,
    media_type ${text} not null,
    artifact_type ${text},
    config_media_type ${text},
    subject ${text},
    annotations ${text},
    size_bytes bigint not null,
    image_size_bytes bigint not null,
    pushed_at bigint not null,
    primary key (repository_id, digest)
  )`,
  `create index manifests_subject on manifests (repository_id, subject, digest) where subject is not null`,
  `create index manifests_subject_type on manifests (repository_id, subject, artifact_type, digest)
    where subject is not null`,

  `create table manifest_bytes (
    repository_id bigint not null,
    digest ${text} not null,
    bytes ${bytes} not null,
    primary key (repository_id, digest),
    foreign key (repository_id, digest) references manifests (repository_id, digest)
  )`,

  `create table manifest_blobs (
    repository_id bigint not null,
    manifest ${text} not null,
    blob ${text} not null,
    primary key (repository_id, manifest, blob),
    foreign key (repository_id, manifest) references manifests (repository_id, digest),
    foreign key (repository_id, blob) references repository_blobs (repository_id, digest)
  ) ${keyedTable}`,
  `create index manifest_blobs_blob on manifest_blobs (repository_id, blob)`,

  `create table manifest_children (
    repository_id bigint not null,
    parent ${text} not null,
    child ${text} not null,
    primary key (repository_id, parent, child),
    foreign key (repository_id, parent) references manifests (repository_id, digest),
    foreign key (repository_id, child) references manifests (repository_id, digest)
  ) ${keyedTable}`,
  `create index manifest_children_child on manifest_children (repository_id, child, parent)`,

  `create table tags (
    repository_id bigint not null,
    tag ${text} not null,
    digest ${text} not null,
    created_at bigint not null,
    primary key (repository_id, tag),
    foreign key (repository_id, digest) references manifests (repository_id, digest)
  )`,
  `create index tags_digest on tags (repository_id, digest, tag)`,

  `create table uploads (
    id ${text} not null primary key,
    repository_id bigint not null references repositories (id),
    storage_key ${text} not null,
    created_at bigint not null,
    expires_at bigint not null,
    parts bigint not null,
    last_part_bytes bigint not null,
    has_small_part smallint not null
  )`,
  `create index uploads_repository on uploads (repository_id)`,
  `create index uploads_expiry on uploads (expires_at)`,

  `create table blob_reviews (
    digest ${text} not null primary key,
    review_after bigint not null
  ) ${keyedTable}`,
  `create index blob_reviews_due on blob_reviews (review_after)`,

  `create table removals (storage_key ${text} not null primary key) ${keyedTable}`,

  `create table signing_keys (
    id ${text} not null primary key,
    sealed_key ${text} not null,
    created_at bigint not null,
    expires_at bigint not null
  )`,
]
