import { isDigest } from '../../domain/digest.ts'
import type { Reader } from '../../domain/may-read.ts'
import { isRegistryAlias, isRepositoryName, isTag, type RegistryAlias } from '../../domain/names.ts'
import { nearestFew } from '../../domain/nearest-of.ts'
import { type PastedImage, readPastedImage } from '../../domain/pasted-image.ts'
import type { ShownRepository } from '../../ports/rows/gallery/shown-repositories.ts'
import type { GalleryServices } from './services.ts'

/** The suggestions on one page. */
const SHOWN = 5
/** How many rows of each kind are looked through: those around a name, those of late, registries. */
const LOOKED_AT = 200
const REGISTRIES = 100
/**
 * The most characters of a name that is compared. Nobody mistypes a longer one by a slip, and comparing takes time by
 * the square of it.
 */
const WORD_LIMIT = 64

/** Parts that addresses elsewhere have before a name or behind it. */
const BEFORE = /^(?:gallery|images?|r|_|repositor(?:y|ies)|v2)\//
const BEHIND = /\/(?:-(?:\/.*)?|tags(?:\/list)?|manifests\/[^/]*|general|index\.html?|layers)$/

/**
 * What somebody may have meant by an address or a name that leads nowhere: the same in small letters, with a tag as
 * in a command, without what other sites have around it; or a name that is a slip away. Only what the reader may know
 * of.
 */
export async function findNear(services: GalleryServices, reader: Reader, text: string): Promise<PastedImage[]> {
  const path = decoded(text)
    .trim()
    .toLowerCase()
    .replace(/^\/+|\/+$/g, '')
  const whole = decoded(text)
    .trim()
    .replace(/^\/+|\/+$/g, '')
  const meant: PastedImage[] = []
  for (const candidate of [...variants(whole), ...variants(path)].flatMap(readPastedImage))
    if (!meant.some(each => isSame(each, candidate))) meant.push(candidate)
  const found: PastedImage[] = []
  const add = (some: readonly PastedImage[]) => {
    for (const each of some) if (!found.some(other => isSame(other, each))) found.push(each)
  }
  for (const candidate of meant.slice(0, SHOWN)) {
    if (found.length >= SHOWN) break
    add(await around(services, reader, candidate))
  }
  return found.slice(0, SHOWN)
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text.slice(0, 500))
  } catch {
    return text.slice(0, 500)
  }
}

const variants = (text: string): string[] => {
  const bare = text.replace(BEFORE, '').replace(BEHIND, '')
  return bare === text ? [text] : [text, bare]
}

const isSame = (a: PastedImage, b: PastedImage) =>
  a.alias === b.alias && a.name === b.name && a.reference === b.reference

async function around(services: GalleryServices, reader: Reader, meant: PastedImage): Promise<PastedImage[]> {
  const { rows } = services.context.metadata
  const { alias, name } = meant
  const asked = await rows.registries.findAlias(alias)
  if (asked === undefined) return withoutRegistry(services, reader, meant)
  if (name === undefined) return [{ alias }]
  const found = await rows.shownRepositories.find(alias, name)
  if (found !== undefined && services.mayRead(reader, found)) return imagesOf(services, found, meant)
  const names = new Map<string, ShownRepository>()
  for (const after of ['', name.slice(0, 1), name.slice(0, 3)]) {
    const page = { after: isRepositoryName(after) ? after : undefined, limit: LOOKED_AT }
    for (const row of await rows.shownRepositories.list(asked.accountId, page)) names.set(row.name, row)
  }
  const readable = [...names.values()].filter(row => services.mayRead(reader, row))
  return likeliest(name, readable).map(row => ({ alias: row.alias, name: row.name }))
}

/** A publisher's name with a slip in it, or left out. */
async function withoutRegistry(
  services: GalleryServices,
  reader: Reader,
  { alias, name, reference }: PastedImage,
): Promise<PastedImage[]> {
  const { rows } = services.context.metadata
  const registries = await rows.registries.list({ limit: REGISTRIES })
  const aliases = (await Promise.all(registries.map(row => rows.registries.aliases(row.accountId)))).flat()
  const near = nearestFew(
    alias,
    aliases.map(row => row.alias),
    2,
  ).filter(isRegistryAlias)
  const found: PastedImage[] = []
  for (const each of near) {
    if (name === undefined) found.push({ alias: each })
    else found.push(...(await there(services, reader, { alias: each, name, reference })))
  }
  const recent = await rows.shownRepositories.recent({ limit: LOOKED_AT })
  const readable = recent.filter(row => services.mayRead(reader, row))
  const whole = name === undefined ? alias : `${alias}/${name}`
  const named = readable.filter(row => row.name === whole || row.name === name || row.name.endsWith(`/${whole}`))
  const others = named.length > 0 ? named : likeliest(whole, readable)
  return [...found, ...others.map(row => ({ alias: row.alias, name: row.name }))]
}

async function there(
  { context, mayRead }: GalleryServices,
  reader: Reader,
  image: PastedImage & { readonly alias: RegistryAlias },
): Promise<PastedImage[]> {
  if (image.name === undefined) return []
  const row = await context.metadata.rows.shownRepositories.find(image.alias, image.name)
  return row !== undefined && mayRead(reader, row) ? [image] : []
}

/** Names that are a slip away, or that have the same last part, or that go on behind the name. */
function likeliest(name: string, rows: readonly ShownRepository[]): ShownRepository[] {
  const last = name.split('/').at(-1) ?? name
  const slips =
    name.length <= WORD_LIMIT
      ? new Set(
          nearestFew(
            name,
            rows.map(row => row.name),
            SHOWN,
          ),
        )
      : new Set<string>()
  const alike = (row: ShownRepository) =>
    slips.has(row.name) || row.name.split('/').at(-1) === last || (name.length > 2 && row.name.startsWith(name))
  return rows
    .filter(alike)
    .sort((a, b) => Number(slips.has(b.name)) - Number(slips.has(a.name)))
    .slice(0, SHOWN)
}

/** The image that was named, or the tags of its repository that are like it. */
async function imagesOf(
  { context }: GalleryServices,
  { id, alias, name }: ShownRepository,
  { reference }: PastedImage,
): Promise<PastedImage[]> {
  const repository = { alias, name }
  if (reference === undefined || isDigest(reference)) return [repository]
  const { tags, tagOrder } = context.metadata.rows
  const [held] = await tags.find(id, [reference])
  if (held !== undefined) return [{ ...repository, reference }]
  const after = reference.slice(0, 1)
  const rows = [
    ...(await tags.newest(id, { limit: LOOKED_AT })),
    ...(await tagOrder.list(id, { limit: LOOKED_AT, after: isTag(after) ? after : undefined })),
  ]
  const names = [...new Set(rows.map(row => row.tag))]
  const slips = reference.length <= WORD_LIMIT ? nearestFew(reference, names, SHOWN) : []
  const others = names.filter(tag => tag.toLowerCase() === reference.toLowerCase() || tag.startsWith(`${reference}.`))
  const near = [...new Set([...others, ...slips])].filter(isTag).slice(0, SHOWN - 1)
  return [...near.map(tag => ({ ...repository, reference: tag })), repository]
}
