import type { RepositoryName } from '../../domain/names.ts'

/** A repository that was deleted and is still being emptied has its id behind this in place of a name. */
export const HIDDEN = '~' as RepositoryName
