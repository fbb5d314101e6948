import type { ManifestRow } from '../../../ports/rows/images/images.ts'
import type { Stored } from './stored.ts'

/** The columns that are listed of a manifest, be it live or in the bin. */
export const MANIFEST = [
  'repository_id as repositoryId',
  'digest',
  'media_type as mediaType',
  'artifact_type as artifactType',
  'config_media_type as configMediaType',
  'subject',
  'size_bytes as sizeBytes',
  'image_size_bytes as imageSizeBytes',
  'pushed_at as pushedAt',
  'last_pulled_at as lastPulledAt',
] as const

/** Columns that a live manifest and a deleted one share. */
export const SHARED = [
  'repository_id',
  'digest',
  'media_type',
  'artifact_type',
  'config_media_type',
  'subject',
  'annotations',
  'size_bytes',
  'image_size_bytes',
  'pushed_at',
  'last_pulled_at',
] as const

/** A manifest's row as the port has it. */
export const toManifest = <More extends object>(row: Stored<ManifestRow> & More): ManifestRow & More => ({
  ...row,
  artifactType: row.artifactType ?? undefined,
  configMediaType: row.configMediaType ?? undefined,
  subject: row.subject ?? undefined,
  lastPulledAt: row.lastPulledAt ?? undefined,
})
