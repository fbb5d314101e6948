/** Values for the tests of this folder. */
import fc from 'fast-check'
import { type Family, type Image, NO_FAMILY } from './inventory/image.ts'

import type { Selectors } from './selection/select.ts'

export const NOW = Date.UTC(2026, 10, 24)
export const DAY = 24 * 3600 * 1000

export const NOTHING: Selectors = { untagged: false, tags: [], notTags: [] }

/** An image by a short name, pushed some days ago. */
export const image = (name: string, ageDays = 1, tags: readonly string[] = [], more: Partial<Image> = {}): Image => ({
  digest: `sha256:${name}`,
  tags,
  pushedAt: NOW - ageDays * DAY,
  sizeBytes: 1000,
  isIndex: false,
  mayRefer: false,
  mayBeAttached: false,
  listsNone: false,
  ...more,
})

/** A repository whose images name only images behind them: digests allow no circles. */
export const repositories: fc.Arbitrary<{ images: Image[]; family: Family }> = fc
  .array(
    fc.record({
      ageDays: fc.nat(60),
      tags: fc.uniqueArray(fc.constantFrom('latest', 'v1', 'v2', 'pr-1', 'pr-2', 'dev'), { maxLength: 3 }),
      children: fc.array(fc.nat(40), { maxLength: 4 }),
      subject: fc.option(fc.nat(40), { nil: undefined, freq: 4 }),
    }),
    { maxLength: 30 },
  )
  .chain(drafts =>
    fc.tuple(
      fc.constant(drafts),
      fc.oneof({ weight: 4, arbitrary: fc.constant(0) }, { weight: 1, arbitrary: fc.nat(2) }),
    ),
  )
  .map(([drafts, unreadableCount]) => {
    const images = drafts.map(({ ageDays, tags, children }, i) =>
      image(String(i), ageDays, tags, { isIndex: children.length > 0, mayRefer: children.length > 0 }),
    )
    const listedBy = new Map<string, string[]>()
    const attachedTo = new Map<string, string>()
    drafts.forEach(({ children, subject }, i) => {
      const self = `sha256:${i}`
      for (const step of new Set(children)) {
        const child = images[i + 1 + step]
        if (child) listedBy.set(child.digest, [...(listedBy.get(child.digest) ?? []), self])
      }
      const target = subject === undefined ? undefined : images[i - 1 - subject]
      if (target) attachedTo.set(self, target.digest)
    })
    const unreadable = new Map(images.slice(0, unreadableCount).map(({ digest }) => [digest, 'broken'] as const))
    return { images, family: { ...NO_FAMILY, listedBy, attachedTo, unreadable } }
  })
