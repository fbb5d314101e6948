import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { openDatabase } from '../adapters/metadata-sqlite/load-sqlite.ts'
import { openSqliteMetadata } from '../adapters/metadata-sqlite/open-sqlite-metadata.ts'
import { addRepository, digest, manifest, putImage, tag } from '../ports/metadata-contract/testing/fixtures.ts'
import type { RegistryContext } from '../registry/context.ts'
import { orderTags } from './order-tags.ts'

it('housekeeping sorts tags that a server of an older release has written, and none is missing until then', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'berth-tags-'))
  const file = join(folder, 'berth.db')
  const metadata = await openSqliteMetadata({ file })
  try {
    const { id } = await addRepository(metadata)
    const names = Array.from({ length: 1_200 }, (_, at) => tag(`1.${at}`))
    await metadata.transaction(async rows => {
      await putImage(rows, manifest(id, digest('a')))
      await rows.tags.put(names.map(name => ({ repositoryId: id, tag: name, digest: digest('a'), createdAt: 1 })))
    })
    const database = await openDatabase(file)
    database.exec('update tags set sort_key = null')
    database.close()
    const listed = async () => {
      const first = await metadata.rows.tagOrder.list(id, { limit: 700 })
      const rest = await metadata.rows.tagOrder.list(id, { limit: 700, after: first.at(-1)?.tag })
      return [...first, ...rest].map(row => row.tag)
    }
    expect(await listed()).toEqual(names.toSorted())

    await orderTags({ metadata } as RegistryContext)
    expect(await metadata.rows.tagOrder.isLacking()).toBe(false)
    expect(await listed()).toEqual(names)
  } finally {
    await metadata.close()
    await rm(folder, { recursive: true })
  }
})
