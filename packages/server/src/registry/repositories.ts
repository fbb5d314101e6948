import type { AccountId, RepositoryName } from '../domain/names.ts'
import { RegistryError } from '../domain/problem.ts'
import type { MetadataStore, Page, RepositoryRow, ResourceTag } from '../ports/metadata-store.ts'
import { type CatalogInput, storeCatalogData } from './catalog-data.ts'
import { type RegistryContext, type RepositoryRef, words } from './context.ts'
import { type PageOf, pageOf } from './page.ts'
import type { Removals } from './removals.ts'
import { refTo } from './repository-ref.ts'
import { mergeResourceTags } from './resource-tags.ts'

export interface NewRepository {
  readonly accountId: AccountId
  readonly name: RepositoryName
  readonly catalogData?: CatalogInput | undefined
  readonly resourceTags: readonly ResourceTag[]
}

/**
 * Makes a repository with its tags and catalog data: all of it or nothing.
 * @throws RegistryError `repositoryExists`, `quotaExceeded`, `resourceTagInvalid`, `resourceTagsTooMany`
 */
export function createRepository(context: RegistryContext, wanted: NewRepository): Promise<RepositoryRow> {
  const { accountId, name, catalogData } = wanted
  const limit = context.quotas.repositoriesPerRegistry
  const resourceTags = mergeResourceTags([], wanted.resourceTags, context.quotas.resourceTagsPerRepository)
  return context.metadata.transaction(async rows => {
    const row = await rows.repositories.create({
      accountId,
      name,
      createdAt: context.clock.now(),
      policyText: undefined,
      catalogData: undefined,
      resourceTags,
    })
    if ((await rows.repositories.count(accountId)) > limit)
      throw new RegistryError({ kind: 'quotaExceeded', quota: 'repositories', limit, ...words(refTo(row)) })
    if (catalogData === undefined) return row
    return { ...row, catalogData: await storeCatalogData(rows, row, catalogData) }
  })
}

/**
 * Deletes a repository with everything in it; one that holds images only by `force`.
 * @throws RegistryError `repositoryNotEmpty`, `repositoryNotFound`
 */
export async function deleteRepository(
  { metadata, clock }: RegistryContext,
  removals: Removals,
  repository: RepositoryRef,
  { force }: { force: boolean },
): Promise<void> {
  await metadata.transaction(async rows => {
    const images = await rows.repositories.imageCount(repository.id)
    if (images === undefined) throw new RegistryError({ kind: 'repositoryNotFound', ...words(repository) })
    if (images > 0 && !force) throw new RegistryError({ kind: 'repositoryNotEmpty', ...words(repository) })
    await rows.repositories.delete(repository.id, clock.now())
  })
  // The bytes of its open uploads: journalled by now, so nobody has to wait for their end.
  void removals.sweep()
}

export async function listRepositories(
  { rows }: MetadataStore,
  accountId: AccountId,
  { after, limit }: Page<RepositoryName>,
): Promise<PageOf<RepositoryRow, RepositoryName>> {
  const found = await rows.repositories.list(accountId, { after, limit: limit + 1 })
  return pageOf(found, limit, row => row.name)
}
