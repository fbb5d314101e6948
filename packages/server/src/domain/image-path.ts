import { isRegistryAlias, isRepositoryName, type RegistryAlias, type RepositoryName } from './names.ts'
import { RegistryError } from './problem.ts'

/** An image path as a client writes it: `ALIAS/NAME`. */
export interface ImagePath {
  readonly alias: RegistryAlias
  readonly name: RepositoryName
}

/** The most characters of alias, `/` and name together. The specification calls them `<name>`. */
export const IMAGE_PATH_LIMIT = 255

/** Reads `ALIAS/NAME`. @throws RegistryError `nameInvalid`, `aliasInvalid` */
export function parseImagePath(text: string): ImagePath {
  const slash = text.indexOf('/')
  const alias = text.slice(0, slash)
  const name = text.slice(slash + 1)
  if (slash < 0 || text.length > IMAGE_PATH_LIMIT || !isRepositoryName(name))
    throw new RegistryError({ kind: 'nameInvalid', text, reason: slash < 0 ? undefined : faultOfName(name) })
  if (!isRegistryAlias(alias)) throw new RegistryError({ kind: 'aliasInvalid', text: alias })
  return { alias, name }
}

/** Names that the specification allows and ECR Public does not: several separators in a row, or more characters. */
function faultOfName(name: string): string | undefined {
  if (name.length < 2 || name.length > 205) return `NAME has 2 to 205 characters, and this one ${name.length}`
  const [run] = /[._-]{2,}/.exec(name) ?? []
  return run === undefined ? undefined : `of the separators . _ and - one stands alone, and here is '${run}'`
}

/** `ALIAS/NAME`, the inverse of `parseImagePath`. */
export function formatImagePath({ alias, name }: ImagePath): string {
  return `${alias}/${name}`
}
