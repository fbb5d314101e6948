import { fileURLToPath } from 'node:url'
import { expect, it, vi } from 'vitest'
import { startRegistry } from '../support/registry.ts'
import { succeed } from '../support/run.ts'
import { makeScratch } from '../support/scratch.ts'
import { galleryOf } from './documents.ts'

/** As the commit in its name wrote it: before tags had an order and images a platform (scripts/make-store.mjs). */
const STORE = fileURLToPath(new URL('store-of-28efbdf.tar.gz', import.meta.url))

it('a store of an earlier commit gets by housekeeping what the gallery goes by', async () => {
  await using scratch = await makeScratch()
  await succeed('tar', ['--extract', '--gzip', '--file', STORE, '--directory', scratch.path()])
  await using registry = await startRegistry({ dataDir: scratch.path('data') })
  const path = `${registry.alias}/project-a/web/-/json`
  // Nothing is missing before, whatever the order.
  const tags = async (): Promise<{ tag: string; platforms: string[] }[]> =>
    (await galleryOf(registry, `${path}/tags?sort=name`)).tags
  expect((await tags()).map(({ tag }) => tag).sort()).toEqual(['1.10', '1.100', '1.9', 'latest'])
  await vi.waitFor(
    async () =>
      expect((await tags()).map(({ tag, platforms }) => [tag, ...platforms])).toEqual(
        ['latest', '1.9', '1.10', '1.100'].map(tag => [tag, 'linux/amd64']),
      ),
    { timeout: 60_000, interval: 100 },
  )
  expect(await galleryOf(registry, path)).toMatchObject({ platforms: ['linux/amd64'], images: 4 })
})
