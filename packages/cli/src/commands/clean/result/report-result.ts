import type { Environment } from '../../../environment.ts'
import { exitCodes } from '../../../errors.ts'
import { nameOf } from '../inventory/image.ts'
import { amount, type Planned, removalsOf, type Totals, totalsOf } from '../plan/totals.ts'
import { count } from '../progress.ts'
import { mayPass } from '../run/execute-plan.ts'
import type { Result } from '../run/tally.ts'
import { type BinTelling, describeBin } from './describe-bin.ts'

/** `900 images`, `800 of 900 images`, `3 images and 1 tag of 4 images and 2 tags` */
function share(done: Result, totals: Totals, all: boolean): string {
  if (all) return amount(done)
  return `${totals.tags === 0 ? count(done.images) : amount(done)} of ${amount(totals)}`
}

/** `1 was`, `5 were`; with tags among what was planned: `100 tags were`, since a removal may be of several. */
function leftOf(plans: readonly Planned[], { outcomes, notTried }: Result): string {
  const left = totalsOf(Array.from(removalsOf(plans)).filter(removal => !outcomes.has(removal)))
  const things = left.tags === 0 ? count(notTried) : amount(left)
  return `${things} ${left.images + left.tags === 1 ? 'was' : 'were'}`
}

/** The most images that are named of those that one reason holds up in a repository. */
const MOST_OF_A_REASON = 5

function* failureLines(failures: Result['failures']): Generator<string> {
  const groups = new Map<string, { readonly where: string; readonly why: string; readonly names: string[] }>()
  for (const { repository, removal, code, reason } of failures) {
    const why = `${code}: ${reason}`
    const key = `${repository.name} ${why}`
    const group = groups.get(key) ?? { where: repository.name, why, names: [] }
    group.names.push(nameOf({ ...removal.image, tags: removal.tags ?? removal.image.tags }))
    groups.set(key, group)
  }
  for (const { where, why, names } of groups.values()) {
    for (const name of names.slice(0, MOST_OF_A_REASON)) yield `${where} ${name}: ${why}`
    const more = names.length - MOST_OF_A_REASON
    if (more > 0) yield `${where}: ${count(more)} more for the same reason`
  }
}

interface Reporting {
  readonly totals: Totals
  readonly environment: Environment
  /** Whether standard output has a document that says the same, or no reader. */
  readonly quiet: boolean
  readonly plans: readonly Planned[]
  readonly bin: BinTelling
}

/**
 * Tells what was done and every failure, and returns the exit code. Where standard output cannot be written, standard
 * error tells what was deleted.
 * @throws the system's own error, such as of a full disk, once all was told
 */
export function reportResult(result: Result, { totals, environment, quiet, plans, bin }: Reporting): number {
  const { stdout, stderr } = environment
  const { failures, gone, notTried, interrupted } = result
  let lost: unknown
  const tell = (text: string) => {
    try {
      if (!quiet && lost === undefined) return stdout.write(text)
    } catch (error) {
      lost = error
    }
    stderr.write(text)
  }
  for (const line of failureLines(failures)) stderr.write(`${line}\n`)
  const all = failures.length === 0 && notTried === 0
  const details = [
    ...(gone > 0 ? [`${count(gone)} had gone before`] : []),
    ...(failures.length > 0 ? [`${count(failures.length)} could not be deleted`] : []),
    ...(notTried > 0 ? [`${leftOf(plans, result)} not tried`] : []),
  ]
  const line = `Deleted ${share(result, totals, all)}${details.length > 0 ? `; ${details.join(', ')}` : ''}.\n`
  tell(line)
  for (const binLine of describeBin(plans, result, bin)) tell(`${binLine}\n`)
  if (interrupted || failures.some(({ code }) => mayPass(code)))
    stderr.write('The same command again goes on with what is left.\n')
  else if (notTried > 0) stderr.write('Once that is mended, the same command goes on with what is left.\n')
  if (lost !== undefined) throw lost
  if (interrupted) return exitCodes.interrupted
  return all ? exitCodes.ok : exitCodes.service
}
