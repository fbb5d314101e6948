import type { Clock } from '../../ports/clock.ts'
import type { MetadataStore } from '../../ports/metadata-store.ts'
import type { PassRow } from '../../ports/rows/upkeep/passes.ts'
import type { EndedState } from '../../registry/deletions/step-image-job.ts'
import { counter, gauge, type Metric, type MetricSource } from './exposition.ts'

/** Milliseconds for which figures are kept: the queries count rows, however often figures are asked for. */
const FRESH_MS = 10_000

/** Figures of the collector's queues, and of the passes that this server ran. */
export class CollectorMetrics {
  readonly #metadata: MetadataStore
  readonly #clock: Clock
  readonly #done = { passes: 0, uploads: 0, expired: 0, images: 0, blobs: 0, bytes: 0, failures: 0 }
  readonly #jobs = { done: 0, stopped: 0 }
  #waiting: { readonly at: number; readonly metrics: Promise<readonly Metric[]> } | undefined

  constructor({ metadata, clock }: { readonly metadata: MetadataStore; readonly clock: Clock }) {
    this.#metadata = metadata
    this.#clock = clock
  }

  /** Counts a pass that has ended. */
  add(pass: PassRow): void {
    const done = this.#done
    done.passes += 1
    done.uploads += pass.uploadsExpired
    done.expired += pass.imagesExpired
    done.images += pass.imagesPurged
    done.blobs += pass.blobsCollected
    done.bytes += pass.bytesCollected
    done.failures += pass.failures
  }

  /** Counts a job on images that this server has ended. */
  addJob(state: EndedState): void {
    this.#jobs[state] += 1
  }

  readonly source: MetricSource = async () => {
    const now = this.#clock.now()
    if (this.#waiting === undefined || now - this.#waiting.at >= FRESH_MS)
      this.#waiting = { at: now, metrics: this.#read(now) }
    const { passes, uploads, expired, images, blobs, bytes, failures } = this.#done
    return [
      counter('berth_collector_passes_total', 'Passes of the collector.', passes),
      counter('berth_collector_failures_total', 'Steps of passes that failed and are tried again.', failures),
      counter('berth_collector_blobs_total', 'Blobs that passes collected.', blobs),
      counter('berth_collector_bytes_total', 'Bytes of blobs that passes collected.', bytes),
      counter('berth_collector_expired_images_total', 'Images that lifecycle policies deleted.', expired),
      counter('berth_collector_purged_images_total', 'Images that passes took from the bin for good.', images),
      counter('berth_collector_expired_uploads_total', 'Abandoned uploads that passes ended.', uploads),
      counter(
        'berth_image_jobs_done_total',
        'Jobs on images that this server has brought to their end.',
        this.#jobs.done,
      ),
      counter('berth_image_jobs_stopped_total', 'Jobs on images whose user might not go on.', this.#jobs.stopped),
      ...(await this.#waiting.metrics),
    ]
  }

  /** Where the database is away its figures are missing, and a figure tells that. */
  async #read(now: number): Promise<readonly Metric[]> {
    const up = (value: 0 | 1) => gauge('berth_database_up', 'Whether the database answers.', value)
    const { rows } = this.#metadata
    try {
      const queue = await rows.reviews.state(now)
      const journal = await rows.journal.state()
      const uploads = await rows.uploads.state(now)
      const bin = await rows.bin.state(now)
      const lastPass = await rows.passes.last()
      const full = this.#metadata.isFull?.()
      return [
        up(1),
        ...(full === undefined
          ? []
          : [gauge('berth_database_full', 'Whether the database refuses rows for want of room.', full ? 1 : 0)]),
        gauge('berth_collector_queue_blobs', 'Blobs that wait for the collector’s review.', queue.waiting),
        gauge('berth_collector_due_blobs', 'Those of them whose review is due.', queue.due),
        gauge('berth_collector_journal_keys', 'Storage keys whose bytes are to be removed.', journal.keys),
        gauge('berth_collector_failing_keys', 'Those of them whose removal failed before.', journal.failing),
        gauge('berth_uploads', 'Open uploads.', uploads.open),
        gauge('berth_bin_images', 'Deleted images in the bin.', bin.images),
        gauge('berth_bin_bytes', 'Bytes of those images; what several share counts for each.', bin.bytes),
        gauge('berth_damaged_blobs', 'Blobs that verification found damaged.', await rows.inventory.countDamaged()),
        ...(lastPass === undefined ? [] : lastPassMetrics(lastPass)),
      ]
    } catch {
      this.#waiting = undefined
      return [up(0)]
    }
  }
}

/** Figures of the last pass, whichever server that shares the database ran it, or `berthd admin gc`. */
const lastPassMetrics = ({ startedAt, durationMs }: PassRow) => [
  gauge(
    'berth_collector_last_pass_timestamp_seconds',
    'When the last pass of any server began, in Unix time.',
    startedAt / 1000,
  ),
  gauge('berth_collector_last_pass_duration_seconds', 'How long that pass took.', durationMs / 1000),
]
