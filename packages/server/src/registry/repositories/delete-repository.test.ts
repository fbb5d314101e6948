import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { parseTag } from '../../domain/names.ts'
import { isProblem } from '../../domain/problem.ts'
import type { Rows, TransactionOptions } from '../../ports/metadata-store.ts'
import { ACCOUNT, CALLER, openTemporaryRegistry, type TemporaryRegistry } from '../../testing/temporary-registry.ts'
import { Removals } from '../blobs/removals.ts'
import type { RegistryContext, RepositoryRef } from '../context.ts'
import { deleteRepository, finishDeletions } from './delete-repository.ts'
import { refTo } from './repository-ref.ts'
import { putSettings } from './settings.ts'

let registry: TemporaryRegistry
beforeEach(async () => {
  registry = await openTemporaryRegistry()
})
afterEach(() => registry[Symbol.asyncDispose]())

/** A registry whose store lets `transactions` end, and then is gone: as for a server that stops. */
function stoppingAfter(transactions: number): RegistryContext & { readonly options: TransactionOptions[] } {
  const options: TransactionOptions[] = []
  const { metadata } = registry
  return {
    ...registry.context,
    options,
    metadata: {
      ...metadata,
      rows: metadata.rows,
      isShared: false,
      async transaction<T>(work: (rows: Rows) => Promise<T>, how: TransactionOptions = {}) {
        if (options.length >= transactions) throw new Error('stopped')
        options.push(how)
        return metadata.transaction(work, how)
      },
      close: () => metadata.close(),
    },
  }
}

const remove = (context: RegistryContext, repository: RepositoryRef = registry.repository) =>
  deleteRepository(context, CALLER, new Removals(context, () => {}), repository, { force: true })

describe('deleteRepository', () => {
  it('takes a repository of usual size in one transaction, whole', async () => {
    await registry.addImage('a', 'v1', 'v2')
    const context = stoppingAfter(1)
    await remove(context)
    expect(await registry.metadata.rows.hiddenRepositories.list(10)).toEqual([])
    expect(await registry.metadata.rows.images.list(registry.repository.id, { limit: 10 })).toEqual([])
  })

  it('takes the name of a large one at once, and the rest a part at a time, also where the server stops', async () => {
    const { metadata, repository } = registry
    const tags = Array.from({ length: 1_200 }, (_, n) => parseTag(`v${n}`))
    const digest = await registry.addImage('a', 'v')
    await metadata.transaction(async rows => {
      for (const tag of tags) await rows.tags.put([{ repositoryId: repository.id, tag, digest, createdAt: 1 }])
    })
    await remove(stoppingAfter(1))
    expect(await metadata.rows.repositories.get(repository.id)).toBeUndefined()
    expect(await metadata.rows.repositories.list(ACCOUNT, { limit: 10 })).toEqual([])
    expect(await metadata.rows.hiddenRepositories.list(10)).toEqual([repository.id])
    const left = await metadata.rows.tags.list(repository.id, { limit: 2_000 })
    expect(left.length).toBeGreaterThan(0)
    expect(left.length).toBeLessThan(tags.length)

    const context = stoppingAfter(100)
    await finishDeletions(context)
    expect(context.options.every(({ isLarge }) => isLarge)).toBe(true)
    expect(await metadata.rows.hiddenRepositories.list(10)).toEqual([])
    expect(await metadata.rows.tags.list(repository.id, { limit: 10 })).toEqual([])
  })

  it('leaves everything where one tag is protected, however many are not', async () => {
    const { metadata, repository } = registry
    const digest = await registry.addImage('a', 'zz')
    await metadata.transaction(async rows => {
      for (let n = 0; n < 1_100; n += 1)
        await rows.tags.put([{ repositoryId: repository.id, tag: parseTag(`v${n}`), digest, createdAt: 1 }])
    })
    await putSettings(registry.context, CALLER, repository, { protectedTags: ['zz'], immutableTags: [] })
    const context = stoppingAfter(1)
    const found = refTo((await metadata.rows.repositories.get(repository.id)) ?? expect.unreachable())
    await expect(remove(context, found)).rejects.toSatisfy(error => isProblem(error, 'repositoryProtected'))
    expect(context.options).toEqual([]) // no writer had to wait for that
    // Settings of now, where they were others when it was looked.
    await expect(remove(context)).rejects.toSatisfy(error => isProblem(error, 'repositoryProtected'))
    expect(await metadata.rows.tags.count(repository.id, [digest])).toBe(1_101)
  })
})
