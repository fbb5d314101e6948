import { afterEach, beforeEach, expect, it } from 'vitest'
import { addRepository, blob } from '../../ports/metadata-contract/testing/fixtures.ts'
import type { MetadataStore } from '../../ports/metadata-store.ts'
import type { PassRow } from '../../ports/rows/upkeep/passes.ts'
import { openTemporarySqliteMetadata } from '../../testing/temporary-sqlite-metadata.ts'
import { CollectorMetrics } from './collector-metrics.ts'

const PASS: PassRow = {
  ranBy: 'server',
  startedAt: 5_000,
  durationMs: 1_500,
  uploadsExpired: 1,
  imagesExpired: 6,
  imagesPurged: 2,
  blobsCollected: 3,
  bytesCollected: 400,
  keysRemoved: 5,
  failures: 1,
}

let metadata: MetadataStore
const clock = { time: 0, now: () => clock.time }
beforeEach(async () => {
  clock.time = 0
  metadata = await openTemporarySqliteMetadata()
})
afterEach(() => metadata.close())

const read = async ({ source }: CollectorMetrics) =>
  Object.fromEntries((await source()).map(({ name, samples }) => [name, samples[0]?.value]))

it('adds up the passes of this server, and tells of the last one of any', async () => {
  const metrics = new CollectorMetrics({ metadata, clock })
  metrics.add(PASS)
  metrics.add(PASS)
  await metadata.transaction(rows => rows.passes.put(PASS))
  expect(await read(metrics)).toMatchObject({
    berth_collector_passes_total: 2,
    berth_collector_failures_total: 2,
    berth_collector_blobs_total: 6,
    berth_collector_bytes_total: 800,
    berth_collector_expired_images_total: 12,
    berth_collector_purged_images_total: 4,
    berth_collector_expired_uploads_total: 2,
    berth_collector_last_pass_timestamp_seconds: 5,
    berth_collector_last_pass_duration_seconds: 1.5,
  })
})

it('asks the rows what waits, and not again at once', async () => {
  const metrics = new CollectorMetrics({ metadata, clock })
  expect(await read(metrics)).toMatchObject({ berth_collector_queue_blobs: 0, berth_database_up: 1 })
  const { id } = await addRepository(metadata)
  await metadata.transaction(rows => rows.blobs.commit(id, blob('a'), 100))
  expect(await read(metrics)).toMatchObject({ berth_collector_queue_blobs: 0 })
  clock.time = 10_000
  expect(await read(metrics)).toMatchObject({ berth_collector_queue_blobs: 1, berth_collector_due_blobs: 1 })
})

it('says that the database is away, beside what it knows itself', async () => {
  const gone = await openTemporarySqliteMetadata()
  await gone.close()
  const metrics = new CollectorMetrics({ metadata: gone, clock })
  metrics.add(PASS)
  const figures = await read(metrics)
  expect(figures).toMatchObject({ berth_database_up: 0, berth_collector_passes_total: 1 })
  expect(figures).not.toHaveProperty('berth_collector_queue_blobs')
})
