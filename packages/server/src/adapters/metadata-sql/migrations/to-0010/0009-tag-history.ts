import type { SqlEngine } from '../../engine.ts'

/**
 * Where tags led (docs/decisions/0009-the-bin.md): for the history of a tag, and to put one back that was moved or
 * deleted. No foreign key: a server of the release before deletes repositories without knowing of these rows, which
 * then go when their time is over.
 */
export const tagHistory = ({ identity, text }: SqlEngine): string[] => [
  `create table tag_moves (
    id ${identity},
    repository_id bigint not null,
    account_id ${text} not null,
    tag ${text} not null,
    from_digest ${text},
    to_digest ${text},
    moved_at bigint not null,
    moved_by ${text} not null,
    keep_until bigint not null,
    is_lost smallint not null
  )`,
  `create index tag_moves_tag on tag_moves (repository_id, tag, id)`,
  `create index tag_moves_due on tag_moves (keep_until, id)`,
  `create index tag_moves_lost on tag_moves (repository_id, id) where is_lost = 1`,
  `create index tag_moves_lost_account on tag_moves (account_id, id) where is_lost = 1`,
  `create index tag_moves_lost_tag on tag_moves (repository_id, tag, from_digest) where is_lost = 1`,
  `create index tag_moves_lost_digest on tag_moves (repository_id, from_digest) where is_lost = 1`,
]
