import type { SqlEngine } from '../../engine.ts'

/**
 * What manifests name and their repository lacks, so that it is recorded when it comes (docs/collection.md); and which
 * images were once there, so that what was attached to them is known from what waits for its subject
 * (docs/decisions/0011-keep-rules.md). Both go with their rows by themselves: servers of the release before do not know
 * them.
 */
export const references = ({ text, keyedTable }: SqlEngine): string[] => [
  `create table awaited_references (
    repository_id bigint not null,
    manifest ${text} not null,
    digest ${text} not null,
    is_child smallint not null,
    primary key (repository_id, manifest, digest, is_child),
    foreign key (repository_id, manifest) references manifests (repository_id, digest) on delete cascade
  ) ${keyedTable}`,
  `create index awaited_references_digest on awaited_references (repository_id, digest, is_child, manifest)`,

  `create table departed_images (
    repository_id bigint not null references repositories (id) on delete cascade,
    digest ${text} not null,
    primary key (repository_id, digest)
  ) ${keyedTable}`,

  `create index deleted_images_subject on deleted_images (repository_id, subject, id) where subject is not null`,
]
