import type { Digest } from '../domain/digest.ts'
import { referencesMendedUntil } from '../housekeeping/mend-references.ts'
import type { MetadataStore } from '../ports/metadata-store.ts'
import type { LeasedBlob } from '../ports/rows/blobs/reviews.ts'
import type { Page } from '../ports/rows/common.ts'
import type { BinState } from '../ports/rows/images/bin.ts'
import { everyRow } from '../registry/every-page.ts'
import { showBytes } from './show-bytes.ts'

/**
 * The amounts that no pass takes yet although nobody pulls them any more, and until when they stay. Sizes are bytes,
 * times are ISO texts.
 */
export interface Waiting {
  /** Blobs that nothing but their lease keeps. */
  readonly leases: { readonly blobs: number; readonly bytes: number } & Between
  /** Deleted images that can still be restored. Bytes that they share count for each. */
  readonly bin: Pick<BinState, 'images' | 'bytes'> & Between
  /** The time until which bytes wait for a backup that is being made; undefined where none is. */
  readonly backupUntil: string | undefined
  /** The time until which the work of an upgrade may be another process's; undefined where nothing waits for it. */
  readonly upgradeUntil: string | undefined
}

interface Between {
  readonly firstAt: string | undefined
  readonly lastAt: string | undefined
}

/** Looks up what waits. `now` is in milliseconds since 1970. */
export async function findWaiting(metadata: MetadataStore, now: number): Promise<Waiting> {
  const { rows } = metadata
  const leased = { blobs: 0, bytes: 0, firstAt: Number.POSITIVE_INFINITY, lastAt: 0 }
  for await (const { sizeBytes, reviewAfter } of everyLeased(rows.reviews, now)) {
    leased.blobs += 1
    leased.bytes += sizeBytes
    leased.firstAt = Math.min(leased.firstAt, reviewAfter)
    leased.lastAt = Math.max(leased.lastAt, reviewAfter)
  }
  const none = { firstAt: undefined, lastAt: undefined }
  const { blobs, bytes } = leased
  const { images, bytes: binBytes, firstAt, lastAt } = await rows.bin.state(now)
  const heldUntil = await rows.journal.heldUntil(now)
  const mendedUntil = await referencesMendedUntil(metadata, now)
  return {
    leases: { blobs, bytes, ...(blobs === 0 ? none : { firstAt: iso(leased.firstAt), lastAt: iso(leased.lastAt) }) },
    bin: {
      images,
      bytes: binBytes,
      ...(firstAt === undefined || lastAt === undefined ? none : { firstAt: iso(firstAt), lastAt: iso(lastAt) }),
    },
    backupUntil: heldUntil === undefined ? undefined : iso(heldUntil),
    upgradeUntil: mendedUntil === undefined ? undefined : iso(mendedUntil),
  }
}

export const everyLeased = (reviews: MetadataStore['rows']['reviews'], now: number): AsyncGenerator<LeasedBlob> =>
  everyRow(
    (page: Page<Digest>) => reviews.leased(now, page),
    row => row.digest,
  )

const iso = (at: number) => new Date(at).toISOString()

/** Says what waits, in sentences with what can be done about it. Amounts of nothing get no sentence. */
export function describeWaiting({ leases, bin, backupUntil, upgradeUntil }: Waiting): string[] {
  const lines = []
  if (upgradeUntil !== undefined)
    lines.push(
      'gc: the work of an upgrade comes first, and nothing is collected before. Another process is at it; where that ' +
        `was killed, it can be begun again at ${upgradeUntil}.`,
    )
  if (backupUntil !== undefined)
    lines.push(
      'gc: a backup is being made, and bytes are removed when it has ended, or at ' +
        `${backupUntil} where it was killed.`,
    )
  if (leases.blobs > 0)
    lines.push(
      `gc: ${count(leases.blobs, 'blob waits', 'blobs wait')} for the lease of the last push of ${leases.blobs === 1 ? 'it' : 'each'} ` +
        `(${showBytes(leases.bytes)}, ${until(leases)}). A shorter --blob-lease-minutes counts for leases given from ` +
        'then on; while no server holds the store, --ignore-leases takes them now.',
    )
  if (bin.images > 0)
    lines.push(
      `gc: ${count(bin.images, 'image waits', 'images wait')} in the bin, where it can be restored ` +
        `(up to ${showBytes(bin.bytes)}, ${until(bin)}). \`berth images purge\` takes images out sooner.`,
    )
  return lines
}

const count = (n: number, one: string, many: string) => `${n} ${n === 1 ? one : many}`

const until = ({ firstAt, lastAt }: Between) =>
  firstAt === lastAt ? `until ${lastAt}` : `the first until ${firstAt}, the last until ${lastAt}`
