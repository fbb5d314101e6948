import { type Digest, isDigest } from '../../domain/digest.ts'
import { IMAGE_PATH_LIMIT, type ImagePath } from '../../domain/image-path.ts'
import { isRegistryAlias, isRepositoryName, isTag, type RegistryAlias, type Tag } from '../../domain/names.ts'
import { GalleryError } from '../../domain/problem.ts'

/** The target of a path of the gallery. */
export type Target =
  | { readonly kind: 'home' }
  | { readonly kind: 'publisher'; readonly alias: RegistryAlias }
  | { readonly kind: 'repository'; readonly path: ImagePath }
  | { readonly kind: 'tags'; readonly path: ImagePath }
  | { readonly kind: 'image'; readonly path: ImagePath; readonly reference: { tag: Tag } | { digest: Digest } }
  | { readonly kind: 'history'; readonly path: ImagePath; readonly tag: Tag }
  | { readonly kind: 'asset'; readonly name: string }
  | { readonly kind: 'theme'; readonly theme: string }
  | { readonly kind: 'search' }
  /** Names that may be meant by what is typed so far. It is a document without a page. */
  | { readonly kind: 'suggest' }
  | { readonly kind: 'robots' }
  /** A file of the sitemap; undefined for the sitemap itself. */
  | { readonly kind: 'sitemap'; readonly file: number | undefined }
  /** Leads to what a pasted text names. */
  | { readonly kind: 'open' }
  | { readonly kind: 'signIn' }
  | { readonly kind: 'signOut' }
  /** A link that signs in once. */
  | { readonly kind: 'signInLink'; readonly secret: string }
  /** The registry of whoever is signed in; the part is empty for its repositories. */
  | { readonly kind: 'manage'; readonly part: string; readonly rest: string }
  | { readonly kind: 'manageRepository'; readonly path: ImagePath; readonly part: string; readonly rest: string }

export type TargetKind = Target['kind']

export interface ParsedPath {
  readonly target: Target
  /** Whether the JSON document beside the page is asked for. */
  readonly isJson: boolean
}

/** The pages that have a document beside them. */
const HAS_DOCUMENT: ReadonlySet<TargetKind> = new Set([
  'home',
  'publisher',
  'repository',
  'tags',
  'image',
  'history',
  'search',
])

/** Whether a path is one of the gallery, whatever a client accepts: no alias or name is `-`. */
export const isOwnPath = (path: string): boolean => path.includes('/-/') || path === ROBOTS

/** The path of robots.txt: crawlers look for it there alone (RFC 9309, section 2.3). */
const ROBOTS = '/robots.txt'

/**
 * Reads the path of a request, without its query. Pages of the gallery itself are below `/-/`. Pages of a repository
 * are below `/ALIAS/NAME/-/`, since a repository may be called as a page is.
 * @throws GalleryError `pageUnknown`
 */
export function parsePath(path: string): ParsedPath {
  if (path === ROBOTS) return { target: { kind: 'robots' }, isJson: false }
  if (path.length > 2 * IMAGE_PATH_LIMIT) throw pageUnknown(path)
  const cutAt = path.indexOf('/-/')
  const before = cutAt < 0 ? path : path.slice(0, cutAt)
  const after = cutAt < 0 ? '' : path.slice(cutAt + 3)
  const [, json, part = ''] = /^(json)(?:\/(.*))?$/.exec(after) ?? [undefined, undefined, after]
  const target = parseTarget(before.replace(/\/$/, ''), part, path)
  const isJson = json !== undefined
  if (isJson && !HAS_DOCUMENT.has(target.kind)) throw pageUnknown(path)
  return { target, isJson }
}

function parseTarget(before: string, part: string, whole: string): Target {
  if (before === '') return parseOwn(part, whole)
  const slash = before.indexOf('/', 1)
  const alias = before.slice(1, slash < 0 ? undefined : slash)
  if (!isRegistryAlias(alias)) throw pageUnknown(whole)
  if (slash < 0) {
    if (part !== '') throw pageUnknown(whole)
    return { kind: 'publisher', alias }
  }
  const name = before.slice(slash + 1)
  if (!isRepositoryName(name)) throw pageUnknown(whole)
  return parsePart({ alias, name }, part, whole)
}

function parseOwn(part: string, whole: string): Target {
  if (part === '') return { kind: 'home' }
  const [, named, file] = /^sitemap(\/([1-9]\d{0,8}))?\.xml$/.exec(part) ?? []
  if (part === 'sitemap.xml' || named !== undefined)
    return { kind: 'sitemap', file: file === undefined ? undefined : Number(file) }
  if (part === 'search') return { kind: 'search' }
  if (part === 'suggest') return { kind: 'suggest' }
  if (part === 'open') return { kind: 'open' }
  if (part === 'signin') return { kind: 'signIn' }
  const [, secret] = /^signin\/link\/([\w-]{43})$/.exec(part) ?? []
  if (secret !== undefined) return { kind: 'signInLink', secret }
  if (part === 'signout') return { kind: 'signOut' }
  if (part === 'manage' || part.startsWith('manage/')) return parseManaged(part.slice('manage'.length), whole)
  const [, kind, rest = ''] = /^(assets|theme)\/([\w.-]+)$/.exec(part) ?? []
  if (kind === 'assets') return { kind: 'asset', name: rest }
  if (kind === 'theme') return { kind: 'theme', theme: rest }
  throw pageUnknown(whole)
}

/** `/ALIAS/NAME/-/PART/REST` behind `/-/manage`, where all may be left out from the end, and `/-/PART/REST`. */
function parseManaged(text: string, whole: string): Target {
  const cutAt = text.indexOf('/-/')
  const before = (cutAt < 0 ? text : text.slice(0, cutAt)).replace(/\/$/, '')
  const [, part = '', rest = ''] = /^([a-z-]*)(?:\/(.*))?$/.exec(cutAt < 0 ? '' : text.slice(cutAt + 3)) ?? []
  if (cutAt >= 0 && part === '') throw pageUnknown(whole)
  if (before === '') return { kind: 'manage', part, rest }
  const [, alias = '', name = ''] = /^\/([^/]+)\/(.+)$/.exec(before) ?? []
  if (!isRegistryAlias(alias) || !isRepositoryName(name)) throw pageUnknown(whole)
  return { kind: 'manageRepository', path: { alias, name }, part, rest }
}

function parsePart(path: ImagePath, part: string, whole: string): Target {
  if (part === '') return { kind: 'repository', path }
  if (part === 'tags') return { kind: 'tags', path }
  if (part.startsWith('history/')) {
    const tag = part.slice('history/'.length)
    if (!isTag(tag)) throw pageUnknown(whole)
    return { kind: 'history', path, tag }
  }
  if (!part.startsWith('image/')) throw pageUnknown(whole)
  // Some clients encode the `:` of a digest.
  const reference = part.slice('image/'.length).replace(/%3a/i, ':')
  if (isDigest(reference)) return { kind: 'image', path, reference: { digest: reference } }
  if (isTag(reference)) return { kind: 'image', path, reference: { tag: reference } }
  throw pageUnknown(whole)
}

const pageUnknown = (path: string) => new GalleryError({ kind: 'pageUnknown', path })
