import { describe, expect, it } from 'vitest'
import { addRepository, digest, manifest, newRepository, putImage, tag, type WithStore } from '../testing/fixtures.ts'

const first = digest('first')
const second = digest('second')
const child = digest('child')
const shared = digest('shared')
const signature = digest('signature')
const byOwner = (a: { of: string; digest: string }, b: { of: string; digest: string }) =>
  a.of < b.of || (a.of === b.of && a.digest < b.digest) ? -1 : 1

export function belongingContract(withStore: WithStore): void {
  describe('belongings', () => {
    it(
      'are what several indexes list and what is attached, of one repository, up to a limit',
      withStore(async store => {
        const { id } = await addRepository(store)
        const other = await store.transaction(rows => rows.repositories.create(newRepository('tools/other')))
        await store.transaction(async rows => {
          for (const repository of [id, other.id]) {
            for (const each of [child, shared]) await putImage(rows, manifest(repository, each))
            await putImage(rows, manifest(repository, first), { children: [child, shared] })
          }
          await putImage(rows, manifest(id, second), { children: [shared] })
          await putImage(rows, manifest(id, signature, { subject: first }))
        })
        const { belongings } = store.rows
        const all = [
          { digest: child, of: first },
          { digest: shared, of: first },
          { digest: shared, of: second },
        ].sort(byOwner)
        expect(await belongings.children(id, [second, first, child], 10)).toEqual(all)
        expect(await belongings.children(id, [second, first], 2)).toEqual(all.slice(0, 2))
        expect(await belongings.children(other.id, [second], 10)).toEqual([])
        expect(await belongings.attached(id, [first, second], 10)).toEqual([{ digest: signature, of: first }])
        expect(await belongings.attached(id, [first], 0)).toEqual([])
        expect(await belongings.attached(other.id, [first], 10)).toEqual([])
        const asked = [first, child, shared, signature, digest('absent')]
        expect(await belongings.belonging(id, asked)).toEqual(new Set([child, shared, signature]))
        await store.transaction(rows =>
          rows.tags.put([{ repositoryId: id, tag: tag('v1'), digest: shared, createdAt: 1 }]),
        )
        expect(await belongings.tagged(id, [first, shared, digest('absent')])).toEqual(new Set([shared]))
        expect(await belongings.tagged(other.id, [shared])).toEqual(new Set())
      }),
    )
  })
}
