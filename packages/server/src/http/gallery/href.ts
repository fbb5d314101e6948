import { formatImagePath, type ImagePath } from '../../domain/image-path.ts'
import type { PastedImage } from '../../domain/pasted-image.ts'

const PATH_LIMIT = 2_000

/**
 * The target of a link in a stranger's document: https, http, mailto and paths of this server. Undefined for any
 * other, so that there is nothing to click.
 */
export function href(text: string): string | undefined {
  const trimmed = text.trim()
  // Browsers take a backslash for a slash, and leave out line ends and tabs.
  if (/[\p{Cc}\\]/u.test(trimmed)) return undefined
  if (trimmed.startsWith('/') && !trimmed.startsWith('//')) return trimmed
  if (!/^(?:https?|mailto):/i.test(trimmed) || !URL.canParse(trimmed)) return undefined
  return trimmed
}

/** A path of this server in plain characters, so that it leads nowhere else and ends no header. */
export const isLocalPath = (text: string | null | undefined): text is string =>
  typeof text === 'string' && text.length <= PATH_LIMIT && /^\/(?![/\\])[\x21-\x5b\x5d-\x7e]*$/.test(text)

type Query = Readonly<Record<string, string | undefined>>

const withQuery = (path: string, query: Query = {}): string => {
  const parameters = new URLSearchParams()
  for (const [name, value] of Object.entries(query))
    if (value !== undefined && value !== '') parameters.set(name, value)
  return parameters.size === 0 ? path : `${path}?${parameters}`
}

/** The paths of pages: the inverse of `parsePath`. Names, aliases, tags and digests need no escape in a path. */
export const pathOf = {
  home: (query?: Query) => withQuery('/', query),
  search: (query?: Query) => withQuery('/-/search', query),
  /** The sitemap, or one of its files. */
  sitemap: (file?: number) => (file === undefined ? '/-/sitemap.xml' : `/-/sitemap/${file}.xml`),
  publisher: (alias: string, query?: Query) => withQuery(`/${alias}`, query),
  repository: (path: ImagePath) => `/${formatImagePath(path)}`,
  tags: (path: ImagePath, query?: Query) => withQuery(`/${formatImagePath(path)}/-/tags`, query),
  image: (path: ImagePath, reference: string) => `/${formatImagePath(path)}/-/image/${reference}`,
  signIn: (query?: Query) => withQuery('/-/signin', query),
  signInLink: (secret: string) => `/-/signin/link/${secret}`,
  signOut: () => '/-/signout',
  /** The desk: the repositories of whoever is signed in, or a part of what concerns the registry. */
  manage: (part?: string, query?: Query) => withQuery(part === undefined ? '/-/manage' : `/-/manage/-/${part}`, query),
  /** The desk's page of a repository, or a part of it. */
  manageRepository: (path: ImagePath, part?: string, query?: Query) =>
    withQuery(`/-/manage/${formatImagePath(path)}${part === undefined ? '' : `/-/${part}`}`, query),
  history: (path: ImagePath, tag: string, query?: Query) =>
    withQuery(`/${formatImagePath(path)}/-/history/${tag}`, query),
  pasted: ({ alias, name, reference }: PastedImage): string => {
    if (name === undefined) return pathOf.publisher(alias)
    return reference === undefined ? pathOf.repository({ alias, name }) : pathOf.image({ alias, name }, reference)
  },
}

/** The path of the JSON document beside a page. */
export function jsonPathOf(page: string): string {
  const [path = '', query] = page.split('?', 2)
  const json = path.includes('/-/') ? path.replace('/-/', '/-/json/') : `${path === '/' ? '' : path}/-/json`
  return query === undefined ? json : `${json}?${query}`
}
