import type { z } from 'zod'
import { type AnyDigest, type Digest, isDigest } from '../digest.ts'
import { JsonFault } from '../json/scanner.ts'
import { isProblem, RegistryError } from '../problem.ts'
import {
  canonicalMediaType,
  DOCKER_SCHEMA_1_SIGNED,
  isMediaType,
  isNonDistributable,
  isSameMediaType,
  type ManifestKind,
  manifestKind,
  OCI_ARTIFACT,
  OCI_INDEX,
  OCI_MANIFEST,
  withoutParameters,
} from './media-types.ts'
import { MANIFEST_MEMBERS } from './members.ts'
import { type ReadJson, readJson } from './reader.ts'
import { readSchema1, type Schema1, Schema1Fault } from './schema-1.ts'
import { annotations, artifactType, type Descriptor, imageManifest, index, isDescriptor } from './shapes.ts'

/**
 * The bytes of the largest manifest that the registry takes. Every client may count on this size (Distribution
 * Specification, "Pushing Manifests").
 */
export const MANIFEST_LIMIT_BYTES = 4 * 1024 * 1024

export interface Reference {
  readonly digest: Digest
  /**
   * Whether the registry must have it. It may lack non-distributable layers, and anything that a manifest of unknown
   * type names.
   */
  readonly required: boolean
}

/** What the registry needs to know of a manifest. The manifest's bytes are stored as they came. */
export interface Manifest {
  readonly mediaType: string
  readonly kind: ManifestKind
  /** `artifactType`, else for an image its config's media type ("Listing Referrers"). */
  readonly artifactType: string | undefined
  readonly configMediaType: string | undefined
  readonly subject: AnyDigest | undefined
  readonly annotations: Readonly<Record<string, string>> | undefined
  /** Config and layers, each once. */
  readonly blobs: readonly Reference[]
  /** Entries of an index, each once. */
  readonly children: readonly Reference[]
  /** Digests that the manifest needs and that no registry of these algorithms can hold. */
  readonly foreign: readonly AnyDigest[]
  /** The bytes that the digest is taken of: all, but of a manifest of schema 1 those without the signatures. */
  readonly digestedBytes: Buffer
}

/**
 * Reads a manifest as far as the registry must understand it. `contentType` is the request's header or the API's
 * `imageManifestMediaType`; without one the document itself decides.
 * @throws RegistryError `manifestInvalid`, `manifestTooLarge`
 */
export function parseManifest(bytes: Buffer, contentType: string | undefined): Manifest {
  if (bytes.length > MANIFEST_LIMIT_BYTES)
    throw new RegistryError({ kind: 'manifestTooLarge', limitBytes: MANIFEST_LIMIT_BYTES })
  const given = contentType === undefined ? '' : withoutParameters(contentType)
  const type = canonicalMediaType(given === '' ? typeOf(bytes) : given)
  const kind = manifestKind(type)
  const read = readMembers(bytes, kind)
  const document = documentOf(read)
  requireType(type, document)
  // Nothing is known of what an unknown type defines.
  const isDefined = kind !== 'other' || isSameMediaType(type, OCI_ARTIFACT)
  if (isDefined && read.ambiguity !== undefined) throw invalid(read.ambiguity)
  return readKind(bytes, { type, kind, document, passedOver: read.passedOver })
}

/**
 * Reads a manifest that the registry took before, whatever it would ask of a new one. All that some reader may find in
 * the manifest is referred to. Undefined for bytes that are no manifest.
 */
export function readStoredManifest(bytes: Buffer, mediaType: string): Manifest | undefined {
  const kind = manifestKind(mediaType)
  try {
    const read = readMembers(bytes, kind)
    const { passedOver } = read
    const document = documentOf(read)
    try {
      const manifest = readKind(bytes, { type: mediaType, kind, document, passedOver })
      const more = readUnknown(bytes, { type: mediaType, document: {}, passedOver })
      return {
        ...manifest,
        blobs: merged(manifest.blobs, more.blobs),
        children: merged(manifest.children, more.children),
      }
    } catch (error) {
      if (kind !== 'schema1' || !isProblem(error, 'manifestInvalid')) throw error
      // The type of the manifest was unknown when it was pushed.
      return readUnknown(bytes, { type: mediaType, document: documentOf(readMembers(bytes, 'other')), passedOver })
    }
  } catch (error) {
    if (isProblem(error, 'manifestInvalid')) return undefined
    throw error
  }
}

interface Reading {
  readonly type: string
  readonly kind: ManifestKind
  readonly document: Readonly<Record<string, unknown>>
  readonly passedOver: ReadJson['passedOver']
}

function readKind(bytes: Buffer, { type, kind, document, passedOver }: Reading): Manifest {
  switch (kind) {
    case 'image': {
      const image = check(imageManifest, withoutNulls(document, 'layers'))
      return {
        mediaType: type,
        kind,
        artifactType: image.artifactType ?? image.config.mediaType,
        configMediaType: image.config.mediaType,
        subject: image.subject?.digest,
        annotations: image.annotations,
        ...referencesOf('blobs', [image.config, ...image.layers], layer => !isNonDistributable(layer.mediaType)),
        children: [],
        digestedBytes: bytes,
      }
    }
    case 'index': {
      const list = check(index, withoutNulls(document, 'manifests'))
      return {
        mediaType: type,
        kind,
        artifactType: list.artifactType,
        configMediaType: undefined,
        subject: list.subject?.digest,
        annotations: list.annotations,
        blobs: [],
        ...referencesOf('children', list.manifests, () => true),
        digestedBytes: bytes,
      }
    }
    case 'schema1':
      return { ...BARE, mediaType: type, kind, ...signedPart(bytes, type, withoutNulls(document)) }
    case 'other':
      return readUnknown(bytes, { type, document: withoutNulls(document), passedOver })
  }
}

const BARE = {
  artifactType: undefined,
  configMediaType: undefined,
  subject: undefined,
  annotations: undefined,
  blobs: [],
  children: [],
  foreign: [],
}

function signedPart(
  bytes: Buffer,
  type: string,
  document: Record<string, unknown>,
): Pick<Manifest, 'blobs' | 'digestedBytes'> {
  let schema1: Schema1
  try {
    schema1 = readSchema1(bytes, document)
  } catch (error) {
    if (error instanceof Schema1Fault) throw invalid(error.message)
    throw error
  }
  if (type === DOCKER_SCHEMA_1_SIGNED && schema1.payload === bytes)
    throw invalid(`signatures: is missing, and a manifest of type ${type} has them`)
  return {
    blobs: [...new Set(schema1.layers)].map(digest => ({ digest, required: true })),
    digestedBytes: schema1.payload,
  }
}

function readMembers(bytes: Buffer, kind: ManifestKind): ReadJson {
  try {
    return readJson(bytes, MANIFEST_MEMBERS[kind])
  } catch (error) {
    if (error instanceof JsonFault) throw invalid(error.message)
    throw error
  }
}

function documentOf({ document }: ReadJson): Readonly<Record<string, unknown>> {
  if (document === undefined) throw invalid('it is not a JSON object')
  return document
}

/** Some encoders write `null` for a member that is not there, or for a `list` that is empty. */
function withoutNulls(
  document: Readonly<Record<string, unknown>>,
  list?: 'layers' | 'manifests',
): Record<string, unknown> {
  const members = Object.entries(document).filter(([, value]) => value !== null)
  if (list !== undefined && document[list] === null) members.push([list, []])
  return Object.fromEntries(members)
}

/** The type of a document that came without one. */
function typeOf(bytes: Buffer): string {
  const document = documentOf(readMembers(bytes, 'other'))
  const declared = document['mediaType'] ?? undefined
  if (typeof declared === 'string') return declared
  if (declared !== undefined) throw invalid('its mediaType is not a media type')
  if (Array.isArray(document['manifests'])) return OCI_INDEX
  if (Array.isArray(document['layers'])) return OCI_MANIFEST
  throw invalid('it has no mediaType and none was given with it')
}

function requireType(type: string, document: Readonly<Record<string, unknown>>): void {
  if (!isMediaType(type)) throw invalid(`the content type ${JSON.stringify(type)} is not a media type`)
  // A type that a browser would show or run is no manifest's (Image Specification, "Media Types").
  if (!/^application\//i.test(type)) throw invalid(`the content type of a manifest is application/..., and not ${type}`)
  const declared = document['mediaType'] ?? undefined
  if (declared !== undefined && (typeof declared !== 'string' || !isMediaType(declared)))
    throw invalid('its mediaType is not a media type')
  if (declared !== undefined && !isSameMediaType(declared, type))
    throw invalid(`its mediaType is ${declared}, but it was pushed as ${type}`)
}

function check<Shape extends z.ZodType>(shape: Shape, document: unknown): z.output<Shape> {
  const result = shape.safeParse(document)
  if (result.success) return result.data
  const [issue] = result.error.issues
  const where = issue?.path.join('.') || 'the document'
  throw invalid(`${where}: ${issue?.message ?? 'not as the Image Specification has it'}`)
}

/**
 * Reads a manifest of unknown type. What looks like a descriptor is kept, so that stored blobs which it names stay
 * alive. Nothing is demanded.
 */
function readUnknown(bytes: Buffer, { type, document, passedOver }: Omit<Reading, 'kind'>): Manifest {
  const one = (value: unknown) => (isDescriptor(value) ? value : undefined)
  const many = (value: unknown) =>
    (Array.isArray(value) ? value : [value]).map(one).filter(entry => entry !== undefined)
  const config = one(document['config'])
  const named = (...names: string[]) => [
    ...names.flatMap(name => many(document[name])),
    // Other readers may take the values that were passed over.
    ...passedOver.filter(({ name }) => names.includes(name)).flatMap(({ value }) => many(value)),
  ]
  const optional = () => false
  return {
    mediaType: type,
    kind: 'other',
    artifactType: artifactType.safeParse(document['artifactType']).data ?? config?.mediaType,
    configMediaType: config?.mediaType,
    subject: one(document['subject'])?.digest,
    annotations: annotations.safeParse(document['annotations']).data,
    blobs: references(named('config', 'layers', 'blobs'), optional),
    children: references(named('manifests'), optional),
    foreign: [],
    digestedBytes: bytes,
  }
}

/** The references of `first`, and those of `second` that are not among them. */
function merged(first: readonly Reference[], second: readonly Reference[]): readonly Reference[] {
  const known = new Set(first.map(({ digest }) => digest))
  return [...first, ...second.filter(({ digest }) => !known.has(digest))]
}

type Requires = (descriptor: Descriptor) => boolean

function references(descriptors: readonly Descriptor[], required: Requires): Reference[] {
  const byDigest = new Map<Digest, boolean>()
  for (const entry of descriptors) {
    const { digest } = entry
    if (isDigest(digest)) byDigest.set(digest, required(entry) || (byDigest.get(digest) ?? false))
  }
  return [...byDigest].map(([digest, isRequired]) => ({ digest, required: isRequired }))
}

/**
 * The references that descriptors make. A descriptor that is not required may have any digest: the registry keeps
 * nothing of it.
 */
function referencesOf<const Name extends 'blobs' | 'children'>(
  name: Name,
  descriptors: readonly Descriptor[],
  required: Requires,
): { readonly [Key in Name]: Reference[] } & { readonly foreign: AnyDigest[] } {
  const foreign = descriptors.filter(entry => !isDigest(entry.digest) && required(entry)).map(({ digest }) => digest)
  const found = { [name]: references(descriptors, required) } as { readonly [Key in Name]: Reference[] }
  return { ...found, foreign: [...new Set(foreign)] }
}

function invalid(reason: string): RegistryError {
  return new RegistryError({ kind: 'manifestInvalid', reason })
}
