/** The shapes of the documents of the Image Specification, as far as the registry reads them. */
import { z } from 'zod'
import { type AnyDigest, isAnyDigest } from '../digest.ts'
import { isDescriptorMediaType } from './media-types.ts'

const mediaType = z.string().refine(isDescriptorMediaType, 'is not a media type')
/** Points to a blob or a manifest (Image Specification, "Content Descriptors"). */
export interface Descriptor {
  readonly mediaType: string
  readonly digest: AnyDigest
  readonly size: number
}

const descriptor: z.ZodType<Descriptor> = z.object({
  mediaType,
  digest: z.string().refine(isAnyDigest, 'is not a digest'),
  size: z.int().min(0),
})

/** Whether the entry is what `descriptor` accepts, at a tenth of the cost. */
export function isDescriptor(entry: unknown): entry is Descriptor {
  if (typeof entry !== 'object' || entry === null) return false
  const { mediaType, digest, size } = entry as Partial<Record<keyof Descriptor, unknown>>
  if (typeof mediaType !== 'string' || typeof digest !== 'string' || typeof size !== 'number') return false
  return isDescriptorMediaType(mediaType) && isAnyDigest(digest) && Number.isSafeInteger(size) && size >= 0
}

/**
 * A list of descriptors. Only the first fault is told: Zod's own lists would tell each of a million faults, for seconds
 * and with a gigabyte.
 */
const descriptors = z.array(z.unknown()).transform((entries, context): Descriptor[] => {
  const read: Descriptor[] = []
  for (const [index, entry] of entries.entries()) {
    if (isDescriptor(entry)) {
      read.push(entry)
      continue
    }
    const { data, error } = descriptor.safeParse(entry)
    if (data === undefined) {
      const [{ path, message } = { path: [], message: '' }] = error.issues
      context.addIssue({ code: 'custom', path: [index, ...path], message })
      return z.NEVER
    }
    read.push(data)
  }
  return read
})
export const annotations = z
  .custom<Record<string, unknown>>(value => typeof value === 'object' && value !== null && !Array.isArray(value), {
    error: 'is not an object',
  })
  .refine((value): value is Record<string, string> => Object.values(value).every(text => typeof text === 'string'), {
    error: 'has a value that is not text',
  })
  .optional()

/** The type of an artifact; an empty text counts as none ("Listing Referrers"). */
export const artifactType = z.union([z.literal('').transform(() => undefined), mediaType]).optional()
const common = {
  schemaVersion: z.literal(2),
  mediaType: mediaType.optional(),
  artifactType,
  subject: descriptor.optional(),
  annotations,
}
const absent = (what: string) => z.undefined(`is not allowed in ${what}`).optional()
export const imageManifest = z.object({
  ...common,
  config: descriptor,
  layers: descriptors,
  // A document that reads as an image to one client and as an index to another is refused (CVE-2021-41190).
  manifests: absent('an image manifest'),
  fsLayers: absent('an image manifest'),
})
export const index = z.object({
  ...common,
  manifests: descriptors,
  config: absent('an index'),
  layers: absent('an index'),
  fsLayers: absent('an index'),
})
