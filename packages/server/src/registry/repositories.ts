import type { Actor } from '../domain/actor.ts'
import type { AccountId, RepositoryName, Tag } from '../domain/names.ts'
import { RegistryError } from '../domain/problem.ts'
import { tagMatcher } from '../domain/tag-patterns.ts'
import type { MetadataStore, Page, RepositoryRow, ResourceTag, Rows } from '../ports/metadata-store.ts'
import { recordDeeds } from './audit.ts'
import { type CatalogInput, storeCatalogData } from './catalog-data.ts'
import { type Confirm, type RegistryContext, type RepositoryRef, words } from './context.ts'
import { everyPage } from './every-page.ts'
import { type PageOf, pageOf } from './page.ts'
import type { Removals } from './removals.ts'
import { readAgain, refTo } from './repository-ref.ts'
import { describeResourceTags, mergeResourceTags } from './resource-tags.ts'

export interface NewRepository {
  readonly accountId: AccountId
  readonly name: RepositoryName
  readonly catalogData?: CatalogInput | undefined
  readonly resourceTags: readonly ResourceTag[]
}

/**
 * Makes a repository with its tags and catalog data: all of it or nothing.
 * @throws RegistryError `repositoryExists`, `quotaExceeded`, `resourceTagInvalid`, `resourceTagsTooMany`, and as `confirm`
 */
export function createRepository(
  context: RegistryContext,
  actor: Actor,
  wanted: NewRepository,
  confirm?: Confirm,
): Promise<RepositoryRow> {
  const { accountId, name, catalogData } = wanted
  const limit = context.quotas.repositoriesPerRegistry
  const resourceTags = mergeResourceTags([], wanted.resourceTags, context.quotas.resourceTagsPerRepository)
  return context.metadata.transaction(async rows => {
    await confirm?.(rows)
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
    const detail = resourceTags.length === 0 ? undefined : `with ${describeResourceTags(resourceTags)}`
    const deed = { action: 'CreateRepository', accountId, repository: name, detail }
    await recordDeeds(rows, actor, row.createdAt, [deed])
    if (catalogData === undefined) return row
    return { ...row, catalogData: await storeCatalogData(rows, actor, row, catalogData, row.createdAt) }
  })
}

/**
 * Deletes a repository with everything in it, its bin too; one that holds images only by `force`, and one that
 * protects some of them not at all.
 * @throws RegistryError `repositoryNotEmpty`, `imageProtected`, and as `readAgain`
 */
export async function deleteRepository(
  { metadata, clock }: RegistryContext,
  actor: Actor,
  removals: Removals,
  repository: RepositoryRef,
  { force }: { force: boolean },
): Promise<void> {
  await metadata.transaction(async rows => {
    const row = await readAgain(rows, repository)
    if (row.imageCount > 0 && !force) throw new RegistryError({ kind: 'repositoryNotEmpty', ...words(repository) })
    const tags = await someProtectedTags(rows, row)
    if (tags.length > 0) throw new RegistryError({ kind: 'imageProtected', tags, ...words(repository) })
    await rows.repositories.delete(repository.id, clock.now())
    const { accountId, name, imageCount, binCount } = row
    const detail = `with ${imageCount} images, and ${binCount} in the bin`
    const deed = { action: 'DeleteRepository', accountId, repository: name, detail }
    await recordDeeds(rows, actor, clock.now(), [deed])
  })
  // The bytes of its open uploads: journalled by now, so nobody has to wait for their end.
  void removals.sweep()
}

/** The first page with protected tags tells enough. */
async function someProtectedTags(rows: Rows, { id, settings }: RepositoryRow): Promise<Tag[]> {
  if (settings.protectedTags.length === 0) return []
  const isProtected = tagMatcher(settings.protectedTags)
  const list = (page: Page<Tag>) => rows.images.listTags(id, page)
  for await (const page of everyPage(list, row => row.tag, 1_000)) {
    const found = page.map(row => row.tag).filter(isProtected)
    if (found.length > 0) return found
  }
  return []
}

export async function listRepositories(
  { rows }: MetadataStore,
  accountId: AccountId,
  { after, limit }: Page<RepositoryName>,
): Promise<PageOf<RepositoryRow, RepositoryName>> {
  const found = await rows.repositories.list(accountId, { after, limit: limit + 1 })
  return pageOf(found, limit, row => row.name)
}
