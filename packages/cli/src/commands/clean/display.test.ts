import { describe, expect, it } from 'vitest'
import { image, NOW } from './clean.arbitrary.ts'
import type { Removal, RepositoryPlan } from './plan/plan.ts'
import { planTable } from './plan/plan-table.ts'
import { createProgress } from './progress.ts'

const repository = { name: 'team/web', registryId: '1', uri: '', names: new Map() }
const removal = (of: Removal['image'], more: Partial<Removal> = {}): Removal => ({
  ...{ image: of, reason: 'untagged', level: 0, holders: [] },
  ...more,
})
const show = (plan: Partial<RepositoryPlan>, columns?: number, rows = Number.POSITIVE_INFINITY) => {
  const whole = { imageCount: 9, removals: [], held: [], unreadable: new Map(), unread: new Map(), ...plan }
  return [...planTable({ repository, plan: whole }, { now: NOW, columns, most: { rows, held: rows } })].join('')
}

describe('the table of a plan', () => {
  const index = removal(image('0123456789abcdef', 41, ['pr-1']))
  const child = removal(image('fedcba9876543210', 41, [], { sizeBytes: 31_200_000 }), {
    ...{ level: 1, holders: [index.image.digest], reason: 'listed by it' },
  })
  const tags = removal(image('aaaa', 1 / 24, ['v1', 'pr-2']), { tags: ['pr-2'], reason: 'tag pr-*' })

  it('shows an image below the index it goes with', () => {
    expect(show({ removals: [index, tags, child] })).toBe(
      `team/web: 2 images and 1 tag (9 images in the repository)

  IMAGE                  AGE     SIZE  TAGS  REASON
  sha256:0123456789ab    41d   1.0 kB  pr-1  untagged
  └ sha256:fedcba987654  41d  31.2 MB  -     listed by it
  sha256:aaaa             1h        -  pr-2  only the tag: tag pr-*

`,
    )
  })

  it('fits the terminal, and says how much more there is', () => {
    const text = show({ removals: [index, child, tags] }, 40, 1)
    expect(text).toContain('… and 2 more: see --dry-run\n')
    for (const line of text.split('\n').slice(1)) expect(line.length).toBeLessThanOrEqual(40)
    // What one decides by is what a narrow one has room for.
    expect(text).toContain('  IMAGE                TAGS  REASON\n  sha256:0123456789ab  pr-1  untagged\n')
  })

  it('cuts what has no end', () => {
    const many = Array.from({ length: 100 }, (_, at) => `v${at}`)
    expect(show({ removals: [removal(image('aaaa', 1, many))] })).toMatch(/ {2}v0,v1,v2,\S{30}… {2}untagged\n/)
  })

  it('says why what was selected stays', () => {
    expect(show({ held: [{ image: image('x', 1, ['a', 'b']), reason: 'listed by y, which stays' }] })).toContain(
      '  1 image would be selected, but stays:\n    sha256:x (a, …)  listed by y, which stays\n',
    )
  })
})

describe('progress', () => {
  function tell(isTTY: boolean, steps: readonly (readonly [number, number | undefined])[], TERM = 'xterm') {
    let text = ''
    const write = (piece: string) => {
      text += piece
    }
    const progress = createProgress({ isTTY, columns: () => 60, write }, { TERM })
    for (const [done, total] of steps) progress.at('deleting', done, total)
    progress.clear()
    return text
  }

  it('is a line for every tenth where there is no terminal', () => {
    const steps = Array.from({ length: 1001 }, (_, done) => [done, 1000] as const)
    const lines = tell(false, steps).trimEnd().split('\n')
    expect(lines.length).toBeLessThanOrEqual(12)
    expect(lines.at(-1)).toBe('deleting: 1,000 of 1,000')
  })

  it('is a bar on a terminal, which does not outlive the work', () => {
    const text = tell(true, [[900, 900]])
    expect(text).toContain('deleting  ██████████████████████████████  900 of 900')
    expect(text.endsWith('\r\u001b[K')).toBe(true)
  })

  it('is lines on a terminal that can only print', () => {
    expect(tell(true, [[900, 900]], 'dumb')).toBe('deleting: 900 of 900\n')
  })

  it('counts where the end is not known', () => {
    expect(tell(true, [[12_000, undefined]])).toContain('deleting: 12,000')
    expect(
      tell(false, [
        [900, undefined],
        [10_900, undefined],
      ]),
    ).toBe('deleting: 10,900\n')
  })
})
