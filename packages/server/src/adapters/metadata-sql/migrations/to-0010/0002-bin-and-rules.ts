import type { SqlEngine } from '../../engine.ts'

/**
 * The bin of deleted images, what protects images and tags, keep rules, pull times and the audit log
 * (docs/decisions/0009-the-bin.md). A deleted image keeps its blobs, but not their links to the repository:
 * it can be restored, not pulled.
 */
export const binAndRules = ({ identity, text, bytes, keyedTable }: SqlEngine): string[] => [
  `alter table registries add column bin_days bigint`,
  `alter table repositories add column settings ${text}`,
  `alter table repositories add column lifecycle_policy ${text}`,
  `alter table repositories add column lifecycle_evaluated_at bigint`,
  `alter table repositories add column bin_count bigint not null default 0`,
  `alter table repositories add column bin_bytes bigint not null default 0`,
  `create index repositories_lifecycle on repositories (id) where lifecycle_policy is not null`,
  `alter table manifests add column last_pulled_at bigint`,

  `create table deleted_images (
    id ${identity},
    repository_id bigint not null references repositories (id),
    account_id ${text} not null,
    digest ${text} not null,
    media_type ${text} not null,
    artifact_type ${text},
    config_media_type ${text},
    subject ${text},
    annotations ${text},
    size_bytes bigint not null,
    image_size_bytes bigint not null,
    pushed_at bigint not null,
    last_pulled_at bigint,
    bytes ${bytes} not null,
    deleted_at bigint not null,
    deleted_by ${text} not null,
    reason ${text} not null,
    purge_after bigint not null
  )`,
  `create index deleted_images_repository on deleted_images (repository_id, id)`,
  `create index deleted_images_account on deleted_images (account_id, id)`,
  `create index deleted_images_digest on deleted_images (repository_id, digest, id)`,
  `create index deleted_images_purge on deleted_images (purge_after, id)`,

  `create table deleted_image_tags (
    deletion_id bigint not null references deleted_images (id),
    tag ${text} not null,
    repository_id bigint not null,
    primary key (deletion_id, tag)
  ) ${keyedTable}`,
  `create index deleted_image_tags_tag on deleted_image_tags (repository_id, tag, deletion_id)`,

  `create table deleted_image_blobs (
    deletion_id bigint not null references deleted_images (id),
    blob ${text} not null references blobs (digest),
    primary key (deletion_id, blob)
  ) ${keyedTable}`,
  `create index deleted_image_blobs_blob on deleted_image_blobs (blob)`,

  `create table deleted_image_children (
    deletion_id bigint not null references deleted_images (id),
    child ${text} not null,
    repository_id bigint not null,
    primary key (deletion_id, child)
  ) ${keyedTable}`,
  `create index deleted_image_children_child on deleted_image_children (repository_id, child)`,

  `create table audit_log (
    id ${identity},
    recorded_at bigint not null,
    action ${text} not null,
    principal ${text} not null,
    source_address ${text},
    via ${text} not null,
    account_id ${text},
    repository ${text},
    digest ${text},
    tag ${text},
    detail ${text}
  )`,
  `create index audit_log_time on audit_log (recorded_at)`,
  `create index audit_log_account on audit_log (account_id, id)`,
  `create index audit_log_repository on audit_log (account_id, repository, id)`,

  `create table lifecycle_previews (
    repository_id bigint not null primary key references repositories (id),
    policy_text ${text} not null,
    started_at bigint not null
  )`,

  `create table schedules (
    name ${text} not null primary key,
    lease_until bigint not null,
    finished_at bigint,
    report ${text}
  )`,
]
