import type { RepositoryName } from '../../domain/names.ts'

/** What a repository that was deleted and is still being emptied has in place of a name, with its id behind it. */
export const HIDDEN = '~' as RepositoryName
