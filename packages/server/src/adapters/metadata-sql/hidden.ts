import type { RepositoryName } from '../../domain/names.ts'

/** The beginning of the name that a repository has which was deleted and is still being emptied. Its id follows. */
export const HIDDEN = '~' as RepositoryName
