import type { ManifestKind } from './media-types.ts'
import type { Members } from './reader.ts'

const PLATFORM: Members = {
  architecture: 'named',
  os: 'named',
  'os.version': 'named',
  'os.features': 'named',
  variant: 'named',
  features: 'named',
}
const DESCRIPTOR: Members = {
  mediaType: 'text',
  digest: 'text',
  size: 'plain',
  platform: PLATFORM,
  urls: 'named',
  annotations: 'named',
  data: 'named',
  artifactType: 'named',
}
const DOCUMENT: Members = {
  schemaVersion: 'plain',
  mediaType: 'text',
  artifactType: 'text',
  annotations: 'texts',
  fsLayers: 'named',
  config: DESCRIPTOR,
  layers: DESCRIPTOR,
  manifests: DESCRIPTOR,
  subject: DESCRIPTOR,
}
const SCHEMA_1: Members = {
  schemaVersion: 'plain',
  mediaType: 'text',
  name: 'named',
  tag: 'named',
  architecture: 'named',
  config: 'named',
  layers: 'named',
  manifests: 'named',
  fsLayers: { blobSum: 'text' },
  history: { v1Compatibility: 'named' },
  signatures: { header: { jwk: 'named', alg: 'named' }, signature: 'named', protected: 'text' },
}
/**
 * The members of a manifest that are read, and all others that its type defines. A name that stands twice, or differs
 * from one of these by its case, means different things to different readers.
 */
export const MANIFEST_MEMBERS: Readonly<Record<ManifestKind, Members>> = {
  image: DOCUMENT,
  index: DOCUMENT,
  schema1: SCHEMA_1,
  other: { ...DOCUMENT, blobs: DESCRIPTOR },
}
