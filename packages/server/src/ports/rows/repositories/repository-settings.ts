export interface Logo {
  readonly logoId: string
  readonly mediaType: string
  readonly bytes: Buffer
}

/** What a repository's owner chose about deletions; patterns as `domain/tag-patterns.ts` reads them. */
export interface RepositorySettings {
  /** Days that deleted images stay in the bin; 0 for no bin, undefined for the registry's number. */
  readonly binDays?: number | undefined
  /** An image with such a tag is not deleted. */
  readonly protectedTags: readonly string[]
  /** Such a tag, once it points to an image, is not pushed over. */
  readonly immutableTags: readonly string[]
}
