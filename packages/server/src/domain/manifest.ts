import { z } from 'zod'
import { type Digest, isDigest } from './digest.ts'
import {
  isMediaType,
  isNonDistributable,
  type ManifestKind,
  manifestKind,
  OCI_INDEX,
  OCI_MANIFEST,
  withoutParameters,
} from './media-types.ts'
import { RegistryError } from './problem.ts'

/** Largest manifest taken, the size that every client may count on (Distribution Specification, "Pushing Manifests"). */
export const MANIFEST_LIMIT_BYTES = 4 * 1024 * 1024

/** Far deeper than any manifest nests. Millions of brackets would keep the JSON parser busy for seconds. */
const DEPTH_LIMIT = 1_000

export interface Reference {
  readonly digest: Digest
  /** False for what the registry may lack: non-distributable layers, and anything in a manifest of unknown type. */
  readonly required: boolean
}

/** What the registry needs to know of a manifest; its bytes are stored as they came. */
export interface Manifest {
  readonly mediaType: string
  readonly kind: ManifestKind
  /** `artifactType`, else for an image its config's media type ("Listing Referrers"). */
  readonly artifactType: string | undefined
  readonly configMediaType: string | undefined
  readonly subject: Digest | undefined
  readonly annotations: Readonly<Record<string, string>> | undefined
  /** Config and layers, each once. */
  readonly blobs: readonly Reference[]
  /** Entries of an index, each once. */
  readonly children: readonly Reference[]
}

const mediaType = z.string().refine(isMediaType, 'is not a media type')
const descriptor = z.object({
  mediaType,
  digest: z.string().refine(isDigest, 'is not a sha256 or sha512 digest'),
  size: z.int().min(0),
})
/** An empty one counts as none ("Listing Referrers"). */
const artifactType = z.union([z.literal('').transform(() => undefined), mediaType]).optional()
const common = {
  schemaVersion: z.literal(2),
  mediaType: mediaType.optional(),
  artifactType,
  subject: descriptor.optional(),
  annotations: z.record(z.string(), z.string()).optional(),
}
const absent = (what: string) => z.undefined(`is not allowed in ${what}`).optional()
const imageManifest = z.object({
  ...common,
  config: descriptor,
  layers: z.array(descriptor),
  // A document that reads as an image to one client and as an index to another is refused (CVE-2021-41190).
  manifests: absent('an image manifest'),
  fsLayers: absent('an image manifest'),
})
const index = z.object({
  ...common,
  manifests: z.array(descriptor),
  config: absent('an index'),
  layers: absent('an index'),
  fsLayers: absent('an index'),
})
type Descriptor = z.output<typeof descriptor>

/**
 * Reads a manifest as far as the registry must understand it. `contentType` is the request's header
 * or the API's `imageManifestMediaType`; without one the document itself decides.
 * @throws RegistryError `manifestInvalid`, `manifestTooLarge`
 */
export function parseManifest(bytes: Buffer, contentType: string | undefined): Manifest {
  if (bytes.length > MANIFEST_LIMIT_BYTES)
    throw new RegistryError({ kind: 'manifestTooLarge', limitBytes: MANIFEST_LIMIT_BYTES })
  const document = parseObject(bytes)
  const type = resolveMediaType(document, contentType)
  switch (manifestKind(type)) {
    case 'image': {
      const image = check(imageManifest, withoutNulls(document, 'layers'))
      return {
        mediaType: type,
        kind: 'image',
        artifactType: image.artifactType ?? image.config.mediaType,
        configMediaType: image.config.mediaType,
        subject: image.subject?.digest,
        annotations: image.annotations,
        blobs: references([image.config, ...image.layers], layer => !isNonDistributable(layer.mediaType)),
        children: [],
      }
    }
    case 'index': {
      const list = check(index, withoutNulls(document, 'manifests'))
      return {
        mediaType: type,
        kind: 'index',
        artifactType: list.artifactType,
        configMediaType: undefined,
        subject: list.subject?.digest,
        annotations: list.annotations,
        blobs: [],
        children: references(list.manifests, () => true),
      }
    }
    case 'other':
      return readUnknown(type, withoutNulls(document))
  }
}

function parseObject(bytes: Buffer): Record<string, unknown> {
  if (nestsDeeper(bytes, DEPTH_LIMIT)) throw invalid('it is nested too deeply')
  let value: unknown
  try {
    value = JSON.parse(new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes))
  } catch (cause) {
    throw new RegistryError({ kind: 'manifestInvalid', reason: 'it is not JSON in UTF-8' }, { cause })
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw invalid('it is not a JSON object')
  return value as Record<string, unknown>
}

/** Some encoders write `null` for a member that is not there, or for a `list` that is empty. */
function withoutNulls(document: Record<string, unknown>, list?: 'layers' | 'manifests'): Record<string, unknown> {
  const members = Object.entries(document).filter(([, value]) => value !== null)
  if (list !== undefined && document[list] === null) members.push([list, []])
  return Object.fromEntries(members)
}

function nestsDeeper(json: Buffer, limit: number): boolean {
  let depth = 0
  let inString = false
  for (let at = 0; at < json.length; at += 1) {
    const byte = json[at]
    if (byte === QUOTE) inString = !inString
    else if (inString) {
      if (byte === BACKSLASH) at += 1
    } else if (byte === OPEN_LIST || byte === OPEN_OBJECT) {
      depth += 1
      if (depth > limit) return true
    } else if (byte === CLOSE_LIST || byte === CLOSE_OBJECT) depth -= 1
  }
  return false
}

const [QUOTE, BACKSLASH, OPEN_LIST, CLOSE_LIST, OPEN_OBJECT, CLOSE_OBJECT] = Buffer.from('"\\[]{}')

function resolveMediaType(document: Record<string, unknown>, contentType: string | undefined): string {
  const declared = document['mediaType'] ?? undefined
  if (declared !== undefined && (typeof declared !== 'string' || !isMediaType(declared)))
    throw invalid('its mediaType is not a media type')
  const given = contentType === undefined ? '' : withoutParameters(contentType)
  if (given === '') return declared ?? guessMediaType(document)
  if (!isMediaType(given)) throw invalid(`the content type ${JSON.stringify(given)} is not a media type`)
  if (declared !== undefined && declared !== given)
    throw invalid(`its mediaType is ${declared}, but it was pushed as ${given}`)
  return given
}

function guessMediaType(document: Record<string, unknown>): string {
  if (Array.isArray(document['manifests'])) return OCI_INDEX
  if (Array.isArray(document['layers'])) return OCI_MANIFEST
  throw invalid('it has no mediaType and none was given with it')
}

function check<Shape extends z.ZodType>(shape: Shape, document: unknown): z.output<Shape> {
  const result = shape.safeParse(document)
  if (result.success) return result.data
  const [issue] = result.error.issues
  const where = issue?.path.join('.') || 'the document'
  throw invalid(`${where}: ${issue?.message ?? 'not as the Image Specification has it'}`)
}

/** Keeps what looks like a descriptor, so that stored blobs which it names stay alive; demands nothing. */
function readUnknown(type: string, document: Record<string, unknown>): Manifest {
  const one = (value: unknown) => descriptor.safeParse(value).data
  const many = (value: unknown) => (Array.isArray(value) ? value.map(one).filter(entry => entry !== undefined) : [])
  const config = one(document['config'])
  const optional = () => false
  return {
    mediaType: type,
    kind: 'other',
    artifactType: artifactType.safeParse(document['artifactType']).data ?? config?.mediaType,
    configMediaType: config?.mediaType,
    subject: one(document['subject'])?.digest,
    annotations: common.annotations.safeParse(document['annotations']).data,
    blobs: references([...(config ? [config] : []), ...many(document['layers']), ...many(document['blobs'])], optional),
    children: references(many(document['manifests']), optional),
  }
}

function references(descriptors: readonly Descriptor[], required: (descriptor: Descriptor) => boolean): Reference[] {
  const byDigest = new Map<Digest, boolean>()
  for (const entry of descriptors) byDigest.set(entry.digest, required(entry) || (byDigest.get(entry.digest) ?? false))
  return [...byDigest].map(([digest, isRequired]) => ({ digest, required: isRequired }))
}

function invalid(reason: string): RegistryError {
  return new RegistryError({ kind: 'manifestInvalid', reason })
}
