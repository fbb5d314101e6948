import { isoTimestamp } from '../../../python/timestamp.ts'
import type { Value } from '../../../python/value.ts'
import { type Planned, removalsOf, totalsOf } from '../plan/totals.ts'
import type { Result } from '../run/tally.ts'
import { restorableUntil } from './describe-bin.ts'
import { type Draft, LazyList } from './json-pieces.ts'

/** A map of the members that are there. */
const dict = <T extends Draft>(members: Readonly<Record<string, T | undefined>>): ReadonlyMap<string, T> =>
  new Map(Object.entries(members).flatMap(([name, value]) => (value === undefined ? [] : [[name, value] as const])))

const list = <T>(items: readonly T[], describe: (item: T) => Value): LazyList =>
  new LazyList(function* () {
    for (const item of items) yield describe(item)
  })

/** The plan, with what came of it unless it was only shown, as a document for `--output` and `--query`. */
export function describeRun(
  plans: readonly Planned[],
  result: Result | undefined,
  startedAt: number,
): ReadonlyMap<string, Draft> {
  const totals = totalsOf(removalsOf(plans))
  return dict<Draft>({
    dryRun: result === undefined,
    repositories: plans.map(planned => describePlan(planned, result, startedAt)),
    summary: dict({ imageCount: totals.images, tagCount: totals.tags, freedBytesAtMost: totals.bytes }),
    result:
      result &&
      dict<Draft>({
        deletedImageCount: result.images,
        removedTagCount: result.tags,
        goneBeforeCount: result.gone,
        failedCount: result.failures.length,
        notTriedCount: result.notTried,
        interrupted: result.interrupted,
        failures: list(result.failures, ({ repository, removal, code, reason }) =>
          dict<Value>({
            repositoryName: repository.name,
            imageDigest: removal.image.digest,
            imageTags: removal.tags ?? removal.image.tags,
            failureCode: code,
            failureReason: reason,
          }),
        ),
      }),
  })
}

function describePlan(planned: Planned, result: Result | undefined, startedAt: number): Draft {
  const { repository, plan } = planned
  const until = result && plan.removals.length > 0 ? restorableUntil(planned, startedAt) : undefined
  return dict<Draft>({
    registryId: repository.registryId,
    repositoryName: repository.name,
    imageCount: plan.imageCount,
    restorableUntil: until === undefined ? undefined : isoTimestamp(String(until / 1000)),
    images: list(plan.removals, removal => {
      const { image, tags, reason } = removal
      return dict<Value>({
        imageDigest: image.digest,
        imageTags: image.tags,
        imagePushedAt: isoTimestamp(String(image.pushedAt / 1000)),
        imageSizeInBytes: image.sizeBytes,
        removedTags: tags,
        action: tags ? 'removeTags' : 'delete',
        reason,
        outcome: result && (result.outcomes.get(removal) ?? 'notTried'),
      })
    }),
    kept: list(plan.held, ({ image, reason }) =>
      dict<Value>({ imageDigest: image.digest, imageTags: image.tags, reason }),
    ),
    unreadable: [...plan.unreadable, ...plan.unread].map(([imageDigest, reason]) => dict({ imageDigest, reason })),
  })
}
