import type { AccountId, RepositoryName } from './names.ts'

/** Who looks at a page: nobody in particular, or a user of an account. */
export type Reader = 'nobody' | { readonly accountId: AccountId; readonly userName: string }

/** The repository that the rule is asked about. */
export interface Readable {
  readonly accountId: AccountId
  readonly name: RepositoryName
}

export type MayRead = (reader: Reader, repository: Readable) => boolean

/**
 * Whether a reader may know of a repository: that it exists, and all that is in it. Everything that the gallery shows
 * asks this one rule. All repositories are public today, as on ECR Public.
 */
export const mayRead: MayRead = () => true
