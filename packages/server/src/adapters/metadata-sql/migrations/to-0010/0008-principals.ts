import type { SqlEngine } from '../../engine.ts'

/**
 * Users have ids that are never given twice, and policies know whom they named when they were set. Users from before
 * have no id in their row: it follows from what is there.
 */
export const principals = ({ text }: SqlEngine): string[] => [
  `alter table users add column user_id ${text}`,
  `alter table repositories add column policy_principals ${text}`,
  `create index repositories_unbound on repositories (id) where policy_text is not null and policy_principals is null`,
]
