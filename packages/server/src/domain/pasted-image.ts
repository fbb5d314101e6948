import { type Digest, isDigest } from './digest.ts'
import { isRegistryAlias, isRepositoryName, isTag, type RegistryAlias, type RepositoryName, type Tag } from './names.ts'

/** What a person may have meant by a text: an image, a repository, or a publisher. */
export interface PastedImage {
  readonly alias: RegistryAlias
  readonly name?: RepositoryName | undefined
  readonly reference?: Tag | Digest | undefined
}

/** The most characters that are looked at. Nobody types more, and what is pasted may be anything. */
const TEXT_LIMIT = 500

const COMMAND = /^(?:sudo|docker|podman|nerdctl|skopeo|buildah|crane|oras|helm)$/
const SCHEME = /^(?:docker|https?|oci):\/\//i
const PAGE = /\/-\/image\/([^/?#]+)$/

/** A digest that says nothing of its repository, with or without the name of its hash. */
const BARE_DIGEST = /^(?:sha256:)?([0-9a-f]{64})$/

/** The digest that a text is, and nothing else. */
export function readBareDigest(text: string): Digest | undefined {
  const [, hex] = BARE_DIGEST.exec(text.slice(0, TEXT_LIMIT).trim()) ?? []
  const digest = `sha256:${hex}`
  return isDigest(digest) ? digest : undefined
}

/** Whether a text was pasted, or names one image, so that nobody means words by it. */
export const isPasted = (text: string): boolean =>
  readBareDigest(text) !== undefined ||
  /^\s*\S+[:@]\S+\s*$/.test(text.slice(0, TEXT_LIMIT)) ||
  /^\s*(?:sudo|docker|podman|nerdctl|skopeo|buildah|crane|oras|helm)\s+\S/.test(text.slice(0, TEXT_LIMIT))

/** The most candidates. Each is looked up. */
const CANDIDATES = 8

/**
 * Reads what people have in their clipboards: `docker pull HOST/ALIAS/NAME:TAG@DIGEST`, an image's name with or without
 * a host, the address of a page. All that may be meant is told, the likelier first: a first part with a dot may be a
 * host or an alias, and a word of a command may be the value of an option.
 */
export function readPastedImage(text: string): PastedImage[] {
  const words = text.slice(0, TEXT_LIMIT).trim().split(/\s+/)
  if (!COMMAND.test(words[0] ?? '')) return words.length === 1 ? readWord(words[0] ?? '') : []
  const isValue = (at: number) => /^--[^=]+$/.test(words[at - 1] ?? '')
  const likely = words.filter((_, at) => !isValue(at))
  const others = words.filter((_, at) => isValue(at))
  return [...likely, ...others]
    .flatMap(readWord)
    .filter(({ name }) => name !== undefined)
    .slice(0, CANDIDATES)
}

function readWord(word: string): PastedImage[] {
  const hasScheme = SCHEME.test(word)
  const [path = ''] = word.replace(SCHEME, '').split(/[?#]/, 1)
  const page = PAGE.exec(path)
  const bare = page === null ? path.replace(/\/-\/.*$/, '').replace(/\/$/, '') : path.slice(0, page.index)
  const { image, reference } = page === null ? splitReference(bare) : { image: bare, reference: page[1] }
  if (reference !== undefined && !isTag(reference) && !isDigest(reference)) return []
  const parts = image.split('/')
  const [first = ''] = parts
  const candidates: PastedImage[] = []
  if (hasScheme || /[.:]|^localhost$/.test(first)) candidates.push(...readParts(parts.slice(1), reference))
  if (!hasScheme) candidates.push(...readParts(parts, reference))
  return candidates
}

/** The tag behind the last colon, or the digest behind an `@`, which says more than a tag before it. */
function splitReference(text: string): { image: string; reference: string | undefined } {
  const [before = '', digest] = text.split('@', 2)
  const colon = before.lastIndexOf(':')
  const hasTag = colon > before.lastIndexOf('/')
  const image = hasTag ? before.slice(0, colon) : before
  return { image, reference: digest ?? (hasTag ? before.slice(colon + 1) : undefined) }
}

function readParts([alias = '', ...rest]: readonly string[], reference: Tag | Digest | undefined): PastedImage[] {
  if (!isRegistryAlias(alias)) return []
  const name = rest.join('/')
  if (name === '') return reference === undefined ? [{ alias }] : []
  return isRepositoryName(name) ? [{ alias, name, reference }] : []
}
