import type { SqlEngine } from '../engine.ts'

/**
 * What pages show of configurations, and the platforms of images, so that pages read no blob. `platform` is null until
 * it has been looked up, and empty where there is none. Housekeeping looks up what was there before, and what a server
 * of the release before takes.
 */
export const imageConfigs = (engine: SqlEngine): string[] => [
  `create table image_configs (
    digest ${engine.text} not null primary key references blobs (digest) on delete cascade,
    facts text not null
  )`,
  `alter table manifests add column platform ${engine.text}`,
  `create index manifests_platform on manifests (repository_id, platform) where platform <> ''`,
  `create index manifests_undescribed on manifests (repository_id, digest) where platform is null`,
]
