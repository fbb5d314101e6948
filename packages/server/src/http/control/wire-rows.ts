/** Rows as the answers of the API have them. */
import type { Output } from '@berth/model'
import { registryArn, repositoryArn } from '../../domain/iam/arn.ts'
import type { RegistryAlias } from '../../domain/names.ts'
import type { CatalogData, ManifestRow, RepositoryRow } from '../../ports/metadata-store.ts'
import type { DescribedImage, DescribedTag } from '../../registry/describe-images.ts'
import type { DescribedRegistry } from '../../registry/registries.ts'
import type { ControlCall } from './call.ts'
import { logoPath } from './logo-handler.ts'

type Item<List extends readonly unknown[] | undefined> = NonNullable<List>[number]
type WireRepository = Item<Output<'DescribeRepositories'>['repositories']>
type WireCatalogData = NonNullable<Output<'GetRepositoryCatalogData'>['catalogData']>
type WireImage = Item<Output<'DescribeImages'>['imageDetails']>
type WireTag = Item<Output<'DescribeImageTags'>['imageTagDetails']>
type WireRegistry = Item<Output<'DescribeRegistries'>['registries']>

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

function imageFacts(manifest: ManifestRow) {
  return {
    imageDigest: manifest.digest,
    imageSizeInBytes: manifest.imageSizeBytes,
    imagePushedAt: new Date(manifest.pushedAt),
    imageManifestMediaType: manifest.mediaType,
    artifactMediaType: manifest.configMediaType,
  }
}
