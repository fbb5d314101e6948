/** Rows as the answers of the API have them. */
import type { Infer, Output } from '@berth/model'
import type { BerthOperations } from '@berth/model/berth'
import { registryArn, repositoryArn } from '../../domain/iam/arn.ts'
import type { RegistryAlias } from '../../domain/names.ts'
import type { AuditRecord } from '../../ports/rows/access/audit.ts'
import type { BinRow } from '../../ports/rows/images/bin.ts'
import type { ManifestRow } from '../../ports/rows/images/images.ts'
import type { LostTag } from '../../ports/rows/images/tag-history.ts'
import type { CatalogData, RepositoryRow } from '../../ports/rows/repositories/repositories.ts'
import type { Deleted } from '../../registry/bin/list-deleted.ts'
import type { DescribedImage, DescribedTag } from '../../registry/images/describe-images.ts'
import type { DescribedRegistry } from '../../registry/repositories/registries.ts'
import type { DescribedSettings } from '../../registry/repositories/settings.ts'
import { logoPath } from '../logo-handler.ts'
import type { ControlCall } from './call.ts'

type Item<List extends readonly unknown[] | undefined> = NonNullable<List>[number]
type WireRepository = Item<Output<'DescribeRepositories'>['repositories']>
type WireCatalogData = NonNullable<Output<'GetRepositoryCatalogData'>['catalogData']>
type WireImage = Item<Output<'DescribeImages'>['imageDetails']>
type WireTag = Item<Output<'DescribeImageTags'>['imageTagDetails']>
type WireRegistry = Item<Output<'DescribeRegistries'>['registries']>

type BerthOutput<Op extends keyof BerthOperations> = Infer<BerthOperations[Op]['output']>
type WireDeletedImage = Item<BerthOutput<'ListDeletedImages'>['deletedImages']>
type WireAuditRecord = Item<BerthOutput<'ListAuditRecords'>['auditRecords']>

export function wireRepository(
  row: RepositoryRow,
  alias: RegistryAlias,
  { registryHost }: ControlCall,
): WireRepository {
  return {
    repositoryArn: repositoryArn(row.accountId, row.name),
    registryId: row.accountId,
    repositoryName: row.name,
    repositoryUri: `${registryHost}/${alias}/${row.name}`,
    createdAt: new Date(row.createdAt),
  }
}

export function wireCatalogData(data: CatalogData, { publicUrl }: ControlCall): WireCatalogData {
  const { logoId, ...texts } = data
  return {
    ...texts,
    logoUrl: logoId === undefined ? undefined : `${publicUrl}${logoPath(logoId)}`,
    marketplaceCertified: false,
  }
}

export function wireImage({ manifest, tags }: DescribedImage, repository: RepositoryRow): WireImage {
  return {
    registryId: repository.accountId,
    repositoryName: repository.name,
    imageTags: tags.length === 0 ? undefined : tags,
    ...imageFacts(manifest),
  }
}

export function wireTag({ tag, manifest }: DescribedTag): WireTag {
  return { imageTag: tag.tag, createdAt: new Date(tag.createdAt), imageDetail: imageFacts(manifest) }
}

export function wireRegistry({ registry, aliases }: DescribedRegistry, { registryHost }: ControlCall): WireRegistry {
  const primary = aliases.find(row => row.primary)
  return {
    registryId: registry.accountId,
    registryArn: registryArn(registry.accountId),
    registryUri: `${registryHost}/${primary?.alias ?? ''}`,
    verified: registry.verified,
    aliases: aliases.map(row => ({
      name: row.alias,
      status: 'ACTIVE',
      primaryRegistryAlias: row.primary,
      defaultRegistryAlias: row.isDefault,
    })),
  }
}

function wireDeletedImage(row: BinRow, repository: RepositoryRow): WireDeletedImage {
  return {
    deletionId: String(row.id),
    registryId: repository.accountId,
    repositoryName: repository.name,
    imageTags: row.tags,
    ...imageFacts(row),
    deletedAt: new Date(row.deletedAt),
    deletedBy: row.deletedBy,
    reason: row.reason,
    purgeAfter: new Date(row.purgeAfter),
  }
}

export function wireDeleted(deleted: Deleted, repository: RepositoryRow): WireDeletedImage {
  return 'image' in deleted ? wireDeletedImage(deleted.image, repository) : wireLostTag(deleted.tag, repository)
}

function wireLostTag(row: LostTag, { accountId, name }: RepositoryRow): WireDeletedImage {
  return {
    deletionId: `tag-${row.id}`,
    registryId: accountId,
    repositoryName: name,
    imageTags: [row.tag],
    imageDigest: row.from,
    deletedAt: new Date(row.movedAt),
    deletedBy: row.movedBy,
    reason: row.to === undefined ? 'tag deleted, image kept' : `tag moved to ${row.to}`,
    purgeAfter: new Date(row.keepUntil),
  }
}

export function wireSettings({
  repository,
  effectiveBinDays,
}: DescribedSettings): BerthOutput<'GetRepositorySettings'> {
  const { accountId, name, settings, binCount, binBytes } = repository
  return {
    registryId: accountId,
    repositoryName: name,
    settings,
    effectiveBinDays,
    deletedImageCount: binCount,
    deletedImageBytes: binBytes,
  }
}

export function wireAuditRecord(record: AuditRecord & { readonly id: number }): WireAuditRecord {
  return {
    recordId: String(record.id),
    recordedAt: new Date(record.recordedAt),
    action: record.action,
    principal: record.principal,
    sourceAddress: record.sourceAddress,
    via: record.via,
    registryId: record.accountId,
    repositoryName: record.repository,
    imageDigest: record.digest,
    imageTag: record.tag,
    detail: record.detail,
  }
}

function imageFacts(manifest: ManifestRow) {
  return {
    imageDigest: manifest.digest,
    imageSizeInBytes: manifest.imageSizeBytes,
    imagePushedAt: new Date(manifest.pushedAt),
    imageManifestMediaType: manifest.mediaType,
    artifactMediaType: manifest.artifactType,
  }
}
