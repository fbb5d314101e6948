/**
 * Which lifecycle policies are due is asked several times a minute, by every server; and a pass tells what rules took.
 */
export const keepRulesDue = (): string[] => [
  `create index repositories_lifecycle_due on repositories (lifecycle_evaluated_at) where lifecycle_policy is not null`,
  `alter table passes add column images_expired bigint not null default 0`,
]
