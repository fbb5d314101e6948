import type { Digest } from '../domain/digest.ts'
import { runPass } from '../housekeeping/run-pass.ts'
import type { HeldStore } from '../ports/held-store.ts'
import type { MetadataStore } from '../ports/metadata-store.ts'
import type { BlobRow } from '../ports/rows/blobs/blobs.ts'
import type { Page } from '../ports/rows/common.ts'
import type { PassRow } from '../ports/rows/upkeep/passes.ts'
import { Removals } from '../registry/blobs/removals.ts'
import { Uploads } from '../registry/blobs/uploads.ts'
import type { RegistryContext } from '../registry/context.ts'
import { everyRow } from '../registry/every-page.ts'
import { type AdminCommand, type AdminTools, Unfinished } from './command.ts'
import { wordsOf } from './errors.ts'
import type { Progress } from './progress.ts'
import { describeWaiting, everyLeased, findWaiting, type Waiting } from './waiting.ts'

const iso = (at: number | undefined) => (at === undefined ? undefined : new Date(at).toISOString())

const showPass = ({ startedAt, ...figures }: PassRow) => ({ startedAt: iso(startedAt), ...figures })

/** Tells what would be collected now, as totals, and what waits. */
async function dryRun({ context: { metadata, clock }, progress }: AdminTools, ignoreLeases: boolean): Promise<unknown> {
  const { uploads, journal, bin } = metadata.rows
  const now = clock.now()
  const total = { blobs: 0, bytes: 0 }
  for await (const { sizeBytes } of collectable(metadata, now, ignoreLeases)) {
    total.blobs += 1
    total.bytes += sizeBytes
  }
  const { expired: expiredUploads } = await uploads.state(now)
  const { keys: journalledKeys } = await journal.state()
  const { due: dueImages } = await bin.state(now)
  const waiting = await findWaiting(metadata, now)
  tell(waiting, progress, ignoreLeases)
  return { ...total, dueImages, expiredUploads, journalledKeys, waiting }
}

async function* digests({ metadata, clock }: RegistryContext, ignoreLeases: boolean): AsyncGenerator<unknown> {
  for await (const { digest, sizeBytes } of collectable(metadata, clock.now(), ignoreLeases))
    yield { digest, sizeBytes }
}

/**
 * The blobs that a pass would collect: those whose review is due, and those that go with images whose time in the bin
 * is over.
 */
async function* collectable(
  { rows: { reviews } }: MetadataStore,
  now: number,
  ignoreLeases: boolean,
): AsyncGenerator<BlobRow> {
  for (const list of [reviews.collectable, reviews.collectableOfBin])
    yield* everyRow(
      (page: Page<Digest>) => list(now, page),
      row => row.digest,
    )
  if (ignoreLeases) yield* everyLeased(reviews, now)
}

/** Tells on stderr what waits, since the answer is for programs. */
function tell(waiting: Waiting, progress: Progress, ignoreLeases: boolean): void {
  const { leases } = waiting
  const none = { ...leases, blobs: 0 }
  for (const line of describeWaiting({ ...waiting, leases: ignoreLeases ? none : leases })) progress.line(line)
}

/** Collects now what is due, tries again what failed before, and tells what waits. */
async function collectNow({ context, progress }: AdminTools, held: HeldStore | undefined): Promise<unknown> {
  const onError = (error: unknown) =>
    progress.line(`gc: ${wordsOf(error) ?? (error instanceof Error ? error.message : error)}`)
  const removals = new Removals(context, onError)
  const { due } = await context.metadata.rows.reviews.state(context.clock.now())
  progress.line(`gc: ${due} blobs are due for review`)
  await context.metadata.transaction(rows => rows.journal.retryAll())
  const ended = await new Uploads(context, removals).expire().catch((error: unknown) => {
    onError(error)
    return { expired: 0, removed: 0, failures: 1 }
  })
  const options = { ended, ranBy: 'admin', ignoreLeases: held?.check, onError, onProgress: showing(progress) } as const
  const pass = await runPass({ context, removals }, options)
  progress.done()
  const waiting = await findWaiting(context.metadata, context.clock.now())
  tell(waiting, progress, false)
  const answer = { ...showPass(pass), waiting }
  return pass.failures === 0 ? answer : new Unfinished(answer)
}

const showing = (progress: Progress) => (collected: { blobs: number; bytes: number }) =>
  progress.now(`gc: ${collected.blobs} blobs collected, ${collected.bytes} bytes`)

async function status({ metadata, clock }: RegistryContext): Promise<unknown> {
  const { rows } = metadata
  const now = clock.now()
  const bin = await rows.bin.state(now)
  const queue = await rows.reviews.state(now)
  const journal = await rows.journal.state()
  const lastPass = await rows.passes.last()
  return {
    reviews: { waiting: queue.waiting, due: queue.due, firstAt: iso(queue.firstAt), lastAt: iso(queue.lastAt) },
    journal: { keys: journal.keys, failing: journal.failing, retryAt: iso(journal.retryAt) },
    uploads: await rows.uploads.state(now),
    bin: { images: bin.images, due: bin.due, firstAt: iso(bin.firstAt) },
    damagedBlobs: await rows.inventory.countDamaged(),
    lastPass: lastPass && showPass(lastPass),
  }
}

/** The collector's commands. They work beside a running server: each takes what it takes in a transaction. */
export const gcCommands: Readonly<Record<string, AdminCommand>> = {
  gc: {
    options: {
      'dry-run': { about: 'Count what would be collected now.' },
      now: { about: 'Collect it.' },
      digests: { about: 'With --dry-run: list the blobs, a line each, in place of their number.' },
      'ignore-leases': { about: 'Take the leases of pushed blobs for over. Only while no server holds the store.' },
    },
    oneOf: ['dry-run', 'now'],
    about:
      'Count what would be collected now (--digests: list it, a line each), or collect it, and tell what waits for a ' +
      'lease or in the bin, and until when.',
    examples: ['berthd admin gc --dry-run', 'berthd admin gc --now'],
    async run(tools, options) {
      const ignoreLeases = options.given('ignore-leases')
      using held = ignoreLeases ? await tools.holdStore() : undefined
      if (options.given('now')) return await collectNow(tools, held)
      return options.given('digests') ? digests(tools.context, ignoreLeases) : await dryRun(tools, ignoreLeases)
    },
  },
  'gc status': {
    options: {},
    about: 'Show what waits for the collector, and what its last pass did.',
    examples: ['berthd admin gc status'],
    run: ({ context }) => status(context),
  },
}
