import { afterEach, beforeEach, expect, it } from 'vitest'
import { parseAccountId, parseRepositoryName } from '../../domain/names.ts'
import { isProblem } from '../../domain/problem.ts'
import type { MetadataStore } from '../../ports/metadata-store.ts'
import type { RepositoryRow } from '../../ports/rows/repositories/repositories.ts'
import { openTemporarySqliteMetadata } from '../../testing/temporary-sqlite-metadata.ts'
import { readAgain, refTo } from './repository-ref.ts'

const accountId = parseAccountId('111122223333')
const name = parseRepositoryName('app')
let metadata: MetadataStore
beforeEach(async () => {
  metadata = await openTemporarySqliteMetadata()
  const registry = { accountId, createdAt: 0, displayName: undefined, verified: false, createOnPush: false }
  await metadata.transaction(rows => rows.registries.create(registry))
})
afterEach(() => metadata.close())

const create = () =>
  metadata.transaction(rows =>
    rows.repositories.create({
      accountId,
      name,
      createdAt: 0,
      policyText: undefined,
      catalogData: undefined,
      resourceTags: [],
    }),
  )
const again = (row: RepositoryRow) => metadata.transaction(rows => readAgain(rows, refTo(row)))

it('reads what changed since', async () => {
  const row = await create()
  await metadata.transaction(rows => rows.repositorySettings.setPolicy(row.id, 'new'))
  expect(await again(row)).toEqual({ ...row, policyText: 'new' })
})

it('does not take a repository of the same name for the one that was deleted', async () => {
  const row = await create()
  await metadata.transaction(rows => rows.hiddenRepositories.delete(row.id, 0))
  const error = await again(row).catch((cause: unknown) => cause)
  expect(isProblem(error, 'repositoryNotFound')).toBe(true)
  await create()
  expect(isProblem(await again(row).catch((cause: unknown) => cause), 'repositoryNotFound')).toBe(true)
})
