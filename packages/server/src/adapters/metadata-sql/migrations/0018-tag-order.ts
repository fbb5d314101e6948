import type { SqlEngine } from '../engine.ts'

/**
 * The order of versions, for tags. Housekeeping fills in the key for tags of before, and for those that a server of the
 * release before writes; until then such a tag stands by its bytes.
 */
export const tagOrder = (engine: SqlEngine): string[] => [
  `alter table tags add column sort_key ${engine.text}`,
  `create index tags_in_order on tags (repository_id, coalesce(sort_key, tag), tag)`,
  `create index tags_without_order on tags (repository_id, tag) where sort_key is null`,
]
