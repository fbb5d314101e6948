/** Referrers of a type are looked for whatever the case of its letters. Images that refer to nothing have no entry. */
export const referrerTypes = (): string[] => [
  `create index manifests_referrer_type on manifests (repository_id, subject, lower(artifact_type), digest)
    where subject is not null`,
]
