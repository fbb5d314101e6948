/** Media types whose structure the registry reads (Image Specification v1.1; Docker image manifest v2). */
export const OCI_MANIFEST = 'application/vnd.oci.image.manifest.v1+json'
export const OCI_INDEX = 'application/vnd.oci.image.index.v1+json'
export const DOCKER_MANIFEST = 'application/vnd.docker.distribution.manifest.v2+json'
export const DOCKER_LIST = 'application/vnd.docker.distribution.manifest.list.v2+json'

/**
 * Of a candidate of the Image Specification v1.1 that was withdrawn; clients of that time read it as it defined it. The
 * registry keeps it as a type that it does not know.
 */
export const OCI_ARTIFACT = 'application/vnd.oci.artifact.manifest.v1+json'

/** The types of what Docker pushed before 2016. The first name means that there are no signatures. */
export const DOCKER_SCHEMA_1 = 'application/vnd.docker.distribution.manifest.v1+json'
export const DOCKER_SCHEMA_1_SIGNED = 'application/vnd.docker.distribution.manifest.v1+prettyjws'

/**
 * `image` has a config and layers, `index` has manifests, `schema1` has fsLayers, `other` is kept without knowing what
 * it means.
 */
export type ManifestKind = 'image' | 'index' | 'schema1' | 'other'

const KINDS: Readonly<Record<string, ManifestKind>> = {
  [OCI_MANIFEST]: 'image',
  [DOCKER_MANIFEST]: 'image',
  [OCI_INDEX]: 'index',
  [DOCKER_LIST]: 'index',
  [DOCKER_SCHEMA_1]: 'schema1',
  [DOCKER_SCHEMA_1_SIGNED]: 'schema1',
}

/**
 * The type in the spelling of the registry, where it is one that the registry reads. Case means nothing in a type (RFC
 * 9110, section 8.3.1).
 */
export function canonicalMediaType(mediaType: string): string {
  const lower = mediaType.toLowerCase()
  return Object.hasOwn(KINDS, lower) ? lower : mediaType
}

export const isSameMediaType = (one: string, other: string): boolean => one.toLowerCase() === other.toLowerCase()

/** The kind of a manifest by its media type. */
export function manifestKind(mediaType: string): ManifestKind {
  return Object.hasOwn(KINDS, mediaType) ? (KINDS[mediaType] ?? 'other') : 'other'
}

/** Layers that a registry need not hold: clients fetch them from the descriptor's `urls`. */
export function isNonDistributable(mediaType: string): boolean {
  const type = mediaType.toLowerCase()
  return (
    type.startsWith('application/vnd.oci.image.layer.nondistributable.v1.') ||
    type.startsWith('application/vnd.docker.image.rootfs.foreign.')
  )
}

const MEDIA_TYPE = /^[A-Za-z0-9][A-Za-z0-9!#$&^_.+-]{0,126}\/[A-Za-z0-9][A-Za-z0-9!#$&^_.+-]{0,126}$/

/** Whether the text is a media type (RFC 6838, section 4.2). */
export function isMediaType(text: string): boolean {
  return MEDIA_TYPE.test(text)
}

/** A media type with its parameters, such as `text/plain; charset=utf-8`. */
const WITH_PARAMETERS = /^([^;\s]+)[ \t]*(?:;[\x20-\x7e\t]{0,255})?$/

/** Whether a descriptor may give this type to content that the registry does not read. */
export function isDescriptorMediaType(text: string): boolean {
  return isMediaType(WITH_PARAMETERS.exec(text)?.[1] ?? '')
}

/**
 * `Content-Type` without its parameters, which a registry ignores (Distribution Specification, "Pushing Manifests").
 */
export function withoutParameters(contentType: string): string {
  return (contentType.split(';', 1)[0] ?? '').trim()
}
