import type { SqlEngine } from '../engine.ts'

/**
 * Work on many images that a user of the gallery has begun, and what was selected for it. A server of the release
 * before does none of it; one of this release goes on with it.
 */
export const imageJobs = ({ text, keyedTable }: SqlEngine): string[] => [
  `create table image_jobs (
    job_id ${text} not null primary key,
    kind ${text} not null,
    repository_id bigint not null,
    account_id ${text} not null,
    user_name ${text} not null,
    access_key_id ${text} not null,
    circumstances ${text} not null,
    created_at bigint not null,
    stepped_at bigint not null,
    finished_at bigint,
    state ${text} not null,
    reason ${text},
    items bigint not null,
    handled bigint not null,
    failed bigint not null,
    images bigint not null,
    tags bigint not null
  )`,
  `create index image_jobs_repository on image_jobs (repository_id, account_id, created_at)`,
  `create index image_jobs_running on image_jobs (stepped_at) where finished_at is null`,
  `create index image_jobs_account on image_jobs (account_id) where finished_at is null`,
  `create index image_jobs_finished on image_jobs (finished_at) where finished_at is not null`,
  `create table image_job_items (
    job_id ${text} not null references image_jobs (job_id),
    position bigint not null,
    digest ${text},
    tag ${text},
    outcome ${text},
    failure ${text},
    primary key (job_id, position)
  ) ${keyedTable}`,
  `create index image_job_items_waiting on image_job_items (job_id, position) where outcome is null`,
  `create index image_job_items_failed on image_job_items (job_id, position) where outcome = 'failed'`,
]
