import { formatImagePath, type ImagePath } from '../../domain/image-path.ts'
import type { PastedImage } from '../../domain/pasted-image.ts'

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
  publisher: (alias: string, query?: Query) => withQuery(`/${alias}`, query),
  repository: (path: ImagePath) => `/${formatImagePath(path)}`,
  tags: (path: ImagePath, query?: Query) => withQuery(`/${formatImagePath(path)}/-/tags`, query),
  image: (path: ImagePath, reference: string) => `/${formatImagePath(path)}/-/image/${reference}`,
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
