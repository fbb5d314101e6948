import { Removals } from '../registry/blobs/removals.ts'
import type { Checked, FaultKind, Finding } from '../registry/verify/inspection.ts'
import { verify } from '../registry/verify/verify.ts'
import { type AdminCommand, Unfinished } from './command.ts'

/**
 * How many findings the summary repeats (all of them are told as they are found), and how many damaged images it names.
 */
const LISTED = 1_000
const GRACE_MS = 2_000

/** Checks all bytes and rows, beside a running server or with none. */
export const verifyCommand: AdminCommand = {
  options: {
    repair: { about: 'Mend what can be mended, and mark what cannot as damaged.' },
    quick: { about: 'Compare sizes and rows, and read no bytes.' },
  },
  about: 'Check all bytes and rows against each other; --repair mends, --quick reads no bytes.',
  examples: ['berthd admin verify', 'berthd admin verify --repair'],
  async run({ context, progress }, options) {
    const [repair, rehash] = [options.given('repair'), !options.given('quick')]
    const removals = new Removals(context, error => progress.line(`verify: ${(error as Error).message}`))
    const onProgress = (checked: Checked) => progress.now(`verify: ${words(checked)}`)
    const walk = verify(context, removals, { repair, rehash, graceMs: GRACE_MS, onProgress })
    const tally = new Tally()
    let step = await walk.next()
    for (; step.done !== true; step = await walk.next()) {
      tally.add(step.value)
      progress.line(`verify: ${sentence(step.value)}`)
    }
    progress.line(`verify: ${words(step.value)}; ${tally.found} faults, ${tally.left} left`)
    const { inventory } = context.metadata.rows
    const damagedBlobs = await inventory.countDamaged()
    const damagedImages = (await inventory.damagedImages(LISTED)).map(({ blob, path, manifest }) => {
      progress.line(`verify: ${path}@${manifest} cannot be pulled whole until ${blob} is pushed again`)
      return { image: `${path}@${manifest}`, blob }
    })
    const summary = {
      repair,
      rehash,
      checked: step.value,
      faults: tally.byKind,
      left: tally.left,
      damagedBlobs,
      damagedImages,
      findings: tally.findings,
    }
    // A blob that is marked waits for its push: the work is not done before, since images are hurt.
    return tally.left + damagedBlobs === 0 ? summary : new Unfinished(summary)
  },
}

/** Counts findings, and keeps the first of them. */
class Tally {
  readonly byKind: Partial<Record<FaultKind, { found: number; mended: number }>> = {}
  readonly findings: Finding[] = []
  found = 0
  left = 0

  add(finding: Finding): void {
    this.byKind[finding.kind] ??= { found: 0, mended: 0 }
    const count = this.byKind[finding.kind]
    if (count !== undefined) {
      count.found += 1
      if (finding.mended) count.mended += 1
    }
    this.found += 1
    if (!finding.mended) this.left += 1
    if (this.findings.length < LISTED) this.findings.push(finding)
  }
}

const words = ({ keys, blobs, bytes, manifests, repositories }: Checked) =>
  `${keys} keys, ${blobs} blobs, ${bytes} bytes, ${manifests} manifests, ${repositories} repositories checked`

/** The faults of which repair can only keep the bytes from being served. */
const MARKING: ReadonlySet<FaultKind> = new Set(['missingBytes', 'wrongSize', 'corruptBytes'])

const sentence = ({ kind, subject, detail, mended }: Finding) =>
  `${kind} ${subject}: ${detail}${mended ? (MARKING.has(kind) ? ' (marked as damaged)' : ' (mended)') : ''}`
