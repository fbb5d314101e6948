import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { openDatabase } from '../adapters/metadata-sqlite/load-sqlite.ts'
import { openSqliteMetadata } from '../adapters/metadata-sqlite/open-sqlite-metadata.ts'
import {
  ALIAS,
  addRepository,
  digest,
  manifest,
  NAME,
  newRepository,
  putImage,
} from '../ports/metadata-contract/testing/fixtures.ts'
import type { RegistryContext } from '../registry/context.ts'
import { notePushTimes } from './note-push-times.ts'

it('housekeeping fills in when repositories were last pushed to that a server of an older release has taken', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'berth-pushes-'))
  const file = join(folder, 'berth.db')
  const metadata = await openSqliteMetadata({ file })
  try {
    const { id } = await addRepository(metadata)
    await metadata.transaction(async rows => {
      await putImage(rows, manifest(id, digest('a'), { pushedAt: 70 }))
      await putImage(rows, manifest(id, digest('b'), { pushedAt: 50 }))
      for (let other = 0; other < 25; other += 1) {
        const made = await rows.repositories.create(newRepository(`other/${other}`))
        await putImage(rows, manifest(made.id, digest(other), { pushedAt: other }))
      }
      await rows.repositories.create(newRepository('empty'))
    })
    const database = await openDatabase(file)
    database.exec('update repositories set last_pushed_at = null')
    database.close()
    expect(await metadata.rows.shownRepositories.recent({ limit: 50 })).toEqual([])

    await notePushTimes({ metadata } as RegistryContext)
    expect((await metadata.rows.shownRepositories.find(ALIAS, NAME))?.lastPushedAt).toBe(70)
    const recent = await metadata.rows.shownRepositories.recent({ limit: 50 })
    expect(recent.map(row => row.lastPushedAt)).toEqual([70, ...Array.from({ length: 25 }, (_, at) => 24 - at)])
    expect(await metadata.rows.shownRepositories.lackPushTimes()).toBe(false)
  } finally {
    await metadata.close()
    await rm(folder, { recursive: true })
  }
})
