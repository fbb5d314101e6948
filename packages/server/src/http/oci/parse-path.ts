import { IMAGE_PATH_LIMIT, type ImagePath, parseImagePath } from '../../domain/image-path.ts'
import { OciError, RegistryError } from '../../domain/problem.ts'

/**
 * The target of a URL under `/v2`. References and digests are still text here: what breaks them depends on the method.
 */
export type Target =
  | { readonly kind: 'base' }
  | { readonly kind: 'catalog' }
  | { readonly kind: 'manifest'; readonly path: ImagePath; readonly reference: string }
  | { readonly kind: 'blob'; readonly path: ImagePath; readonly digest: string }
  | { readonly kind: 'uploads'; readonly path: ImagePath }
  | { readonly kind: 'upload'; readonly path: ImagePath; readonly uploadId: string }
  | { readonly kind: 'tags'; readonly path: ImagePath }
  | { readonly kind: 'referrers'; readonly path: ImagePath; readonly digest: string }

export type TargetKind = Target['kind']
export type TargetOf<Kind extends TargetKind> = Extract<Target, { kind: Kind }>

/** The most characters of a URL. A manifest push with 30 tags of the full length still fits. */
const URL_LIMIT = 8 * 1024

/**
 * Reads the part of a request's URL before the `?`. Repository names hold '/', so the words that end a path are
 * matched from its end.
 * @throws ProblemError `routeUnknown`, `nameInvalid`, `aliasInvalid`. Unless something is pushed, `pathUnknown` for
 * names that the specification knows and no repository can have
 */
export function parsePath(url: string, { isPush = true } = {}): Target {
  const parseName = (text: string) => parseWantedPath(text, isPush)
  if (url.length > URL_LIMIT)
    throw new RegistryError({ kind: 'nameInvalid', text: `${url.slice(0, IMAGE_PATH_LIMIT)}…` })
  const queryAt = url.indexOf('?')
  const path = refuseHidden(queryAt < 0 ? url : url.slice(0, queryAt))
  if (path === '/v2/' || path === '/v2') return { kind: 'base' }
  if (!path.startsWith('/v2/')) throw unknown()
  if (path === '/v2/_catalog') return { kind: 'catalog' }

  const lastAt = path.lastIndexOf('/')
  const wordAt = path.lastIndexOf('/', lastAt - 1)
  const last = decodePunctuation(path.slice(lastAt + 1))
  const before = path.slice(4, Math.max(4, wordAt))
  switch (path.slice(wordAt + 1, lastAt)) {
    case 'manifests':
      if (last === '') break
      return { kind: 'manifest', path: parseName(before), reference: last }
    case 'blobs':
      if (last === '') break
      if (last === 'uploads') return { kind: 'uploads', path: parseName(before) }
      return { kind: 'blob', path: parseName(before), digest: last }
    case 'uploads': {
      if (!before.endsWith('/blobs')) break
      const name = parseName(before.slice(0, -'/blobs'.length))
      return last === '' ? { kind: 'uploads', path: name } : { kind: 'upload', path: name, uploadId: last }
    }
    case 'tags':
      if (last !== 'list') break
      return { kind: 'tags', path: parseName(before) }
    case 'referrers':
      if (last === '') break
      return { kind: 'referrers', path: parseName(before), digest: last }
  }
  throw unknown()
}

function parseWantedPath(text: string, isPush: boolean): ImagePath {
  try {
    return parseImagePath(text)
  } catch (error) {
    if (!isPush && SPECIFIED_NAME.test(text)) throw new OciError({ kind: 'pathUnknown', text }, { cause: error })
    throw error
  }
}

/** `<name>` of the specification ("Pulling manifests"), which has no limit of its own. */
const SPECIFIED_NAME = /^[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*(?:\/[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*)*$/

/**
 * Refuses paths that a proxy in front could read in another way. Nothing that is encoded is decoded, but for what
 * `decodePunctuation` takes: a proxy that keeps clients from `/v2/_catalog` must not see another word there than the
 * registry. Bytes that no path has are refused as such.
 */
function refuseHidden(path: string): string {
  if (/%(?:2f|5c|00)|%(?![0-9a-f]{2})|%[c-f][0-9a-f]/i.test(path))
    throw new RegistryError({ kind: 'nameInvalid', text: path })
  return path
}

const PUNCTUATION: Readonly<Record<string, string>> = { '%3a': ':', '%2b': '+', '%3d': '=', '%40': '@' }

/**
 * Decodes the marks of digests: some clients encode the `:`, and may do so with other marks that an algorithm may have.
 */
function decodePunctuation(text: string): string {
  return text.includes('%') ? text.replace(/%(?:3a|2b|3d|40)/gi, code => PUNCTUATION[code.toLowerCase()] ?? code) : text
}

function unknown(): OciError {
  return new OciError({ kind: 'routeUnknown' })
}
