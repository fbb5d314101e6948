import { isAnyDigest } from '../../domain/digest.ts'
import { excessOfJson } from '../../domain/json/bounds.ts'
import { type ManifestKind, manifestKind } from '../../domain/manifest/media-types.ts'

/** A platform, such as `linux/arm64/v8`, with the version of an operating system that has one. */
export interface Platform {
  readonly os: string
  readonly architecture: string
  readonly variant?: string | undefined
  readonly osVersion?: string | undefined
}

/** What a manifest says of a blob or another manifest. */
export interface DescriptorFacts {
  readonly mediaType: string
  readonly digest: string
  readonly sizeBytes: number
  readonly artifactType?: string | undefined
  readonly platform?: Platform | undefined
  /** The digest of the manifest that this attestation is about, as BuildKit says it. */
  readonly attestationOf?: string | undefined
}

export interface NamedText {
  readonly name: string
  readonly text: string
}

/** The first items of a list that may be long, and how many items there are in all. */
export interface Some<Item> {
  readonly items: readonly Item[]
  readonly total: number
}

/**
 * The facts of a manifest that a page shows, in the manifest's own words. Facts that are not in the specification's
 * form are left out.
 */
export interface ManifestFacts {
  readonly kind: ManifestKind
  readonly config: DescriptorFacts | undefined
  readonly layers: Some<DescriptorFacts>
  readonly children: Some<DescriptorFacts>
  readonly annotations: Some<NamedText>
}

const SHOWN = { layers: 250, children: 200, annotations: 100 }
/** The most characters of a text. Digests and types are shorter; a longer text is cut before anything looks at it. */
const TEXT_LIMIT = 4_000
/** The most characters of the name of a system or an architecture. */
const WORD_LIMIT = 200

const NOTHING: Some<never> = { items: [], total: 0 }
const TYPES = {
  attestation: 'attestation-manifest',
  type: 'vnd.docker.reference.type',
  of: 'vnd.docker.reference.digest',
}

/** Reads what is shown of a stored manifest. What has another form is left out; it never throws. */
export function readManifestFacts(bytes: Buffer, mediaType: string): ManifestFacts {
  const kind = manifestKind(mediaType)
  const document = readDocument(bytes)
  if (document === undefined)
    return { kind, config: undefined, layers: NOTHING, children: NOTHING, annotations: NOTHING }
  return {
    kind,
    config: readDescriptor(document['config']),
    layers: some(document['layers'], readDescriptor, SHOWN.layers),
    children: some(document['manifests'], readDescriptor, SHOWN.children),
    annotations: namedTexts(document['annotations'], SHOWN.annotations),
  }
}

/** A JSON object within bounds; undefined for anything else. */
export function readDocument(bytes: Buffer): Readonly<Record<string, unknown>> | undefined {
  if (excessOfJson(bytes) !== undefined) return undefined
  try {
    return objectOf(JSON.parse(bytes.toString('utf8')))
  } catch {
    return undefined
  }
}

export const objectOf = (value: unknown): Readonly<Record<string, unknown>> | undefined =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : undefined

/** A text that is not empty, cut where it is long. */
export const textOf = (value: unknown): string | undefined =>
  typeof value === 'string' && value !== '' ? value.slice(0, TEXT_LIMIT) : undefined

/** The first items of a list that `read` can read. */
export function some<Item>(value: unknown, read: (entry: unknown) => Item | undefined, limit: number): Some<Item> {
  if (!Array.isArray(value)) return NOTHING
  const items: Item[] = []
  for (const entry of value.slice(0, limit)) {
    const item = read(entry)
    if (item !== undefined) items.push(item)
  }
  return { items, total: value.length }
}

/** The members of an object whose values are texts, in the order of their names. */
export function namedTexts(value: unknown, limit: number): Some<NamedText> {
  const all = Object.entries(objectOf(value) ?? {}).filter(([, text]) => typeof text === 'string')
  const items = all
    .slice(0, limit)
    .map(([name, text]) => ({ name: name.slice(0, TEXT_LIMIT), text: String(text).slice(0, TEXT_LIMIT) }))
    .sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0))
  return { items, total: all.length }
}

export function readPlatform(value: unknown): Platform | undefined {
  const platform = objectOf(value)
  const os = textOf(platform?.['os'])
  const architecture = textOf(platform?.['architecture'])
  if (os === undefined || architecture === undefined) return undefined
  const [variant, osVersion] = [textOf(platform?.['variant']), textOf(platform?.['os.version'])]
  const short = (text: string | undefined) => text?.slice(0, WORD_LIMIT)
  return {
    os: os.slice(0, WORD_LIMIT),
    architecture: architecture.slice(0, WORD_LIMIT),
    variant: short(variant),
    osVersion: short(osVersion),
  }
}

function readDescriptor(value: unknown): DescriptorFacts | undefined {
  const descriptor = objectOf(value)
  const { digest, size } = descriptor ?? {}
  if (descriptor === undefined || typeof digest !== 'string' || !isAnyDigest(digest)) return undefined
  const annotations = objectOf(descriptor['annotations'])
  const isAttestation = annotations?.[TYPES.type] === TYPES.attestation
  return {
    mediaType: textOf(descriptor['mediaType']) ?? '',
    digest,
    sizeBytes: typeof size === 'number' && Number.isSafeInteger(size) && size >= 0 ? size : 0,
    artifactType: textOf(descriptor['artifactType']),
    platform: isAttestation ? undefined : readPlatform(descriptor['platform']),
    attestationOf: isAttestation ? (textOf(annotations[TYPES.of]) ?? '') : undefined,
  }
}

/** `linux/arm64/v8`. */
export const platformName = ({ os, architecture, variant }: Platform): string =>
  [os, architecture, ...(variant === undefined ? [] : [variant])].join('/')

/** The platforms that an index has, without attestations. */
export const platformsOf = ({ children }: ManifestFacts): string[] => [
  ...new Set(children.items.flatMap(({ platform }) => (platform === undefined ? [] : [platformName(platform)]))),
]
