import { createClient } from '../../client/client.ts'
import { resolveEndpoint } from '../../client/endpoint.ts'
import { requireRegion, resolveRegion } from '../../client/region.ts'
import { outlasting } from '../../environment.ts'
import { CommandError, exitCodes } from '../../errors.ts'
import { resolveMaxAttempts } from '../../http/retries.ts'
import { outputFormat, print } from '../../output/print.ts'
import { isDict } from '../../python/value.ts'
import type { Command, Context } from '../command.ts'
import { confirm } from './confirm.ts'
import { formatBytes } from './format-bytes.ts'
import { cleanOptions } from './options.ts'
import { planAll } from './plan/plan-all.ts'
import { planTable } from './plan/plan-table.ts'
import { amount, type Planned, plural, removalsOf, totalsOf } from './plan/totals.ts'
import { createProgress } from './progress.ts'
import { type CleanRequest, readRequest } from './read-request.ts'
import { describeRun } from './result/describe-run.ts'
import { type Draft, jsonPieces, wholeValue } from './result/json-pieces.ts'
import { reportResult } from './result/report-result.ts'
import { runPlans } from './run/run-plans.ts'

/** How often a request is tried unless the user's configuration says: a long clean-up outlasts a bad minute. */
const ATTEMPTS = 10

/**
 * How much of a plan is shown before the question, so that the plan stays on the screen. Without a question all of it
 * is shown.
 */
const BEFORE_QUESTION = { rows: 12, held: 4 }
const ALL = { rows: Number.POSITIVE_INFINITY, held: Number.POSITIVE_INFINITY }

/** `berth clean` */
export const clean: Command = {
  name: 'clean',
  summary: 'deletes images by what they are: untagged, old, beyond the newest, by a rule',
  options: () => cleanOptions,
  page: async () => (await import('./page.ts')).cleanPage(),
  run,
}

/** Finds images by what they are, shows what would go, asks, and deletes them. */
async function run(argv: readonly string[], given: Context): Promise<number> {
  const request = readRequest(argv, given.environment)
  if (request.dryRun) return cleanUp(request, given)
  // A reader that leaves early, such as `head`, keeps nothing from being deleted.
  const stdout = outlasting(given.environment.stdout)
  return cleanUp(request, { ...given, environment: { ...given.environment, stdout } }, stdout.isRead)
}

async function cleanUp(request: CleanRequest, context: Context, isRead = () => true): Promise<number> {
  const { environment } = context
  const asks = !request.dryRun && !request.yes
  if (asks && !environment.stdin().isTTY) throw nobodyToAsk()

  const now = Date.now()
  const client = await createClient({ ...context, patientAttempts: ATTEMPTS })
  const region = requireRegion(await resolveRegion(context.options.region, context.settings, environment))
  const endpoint = resolveEndpoint(context.options.endpointUrl, region, context.settings, environment)
  const progress = createProgress(environment.stderr, environment.env)
  const attempts = resolveMaxAttempts(context.settings, ATTEMPTS)
  const plans = await planAll(request, { client, context, endpoint, progress, now, attempts })
  progress.clear()

  const document = context.options.output !== undefined || context.query !== undefined
  if (!document || asks) showPlans(plans, { context, now, asks, to: document ? 'stderr' : 'stdout' })
  const totals = totalsOf(removalsOf(plans))
  const nothing = totals.images + totals.tags === 0
  if (asks && !nothing && !(await confirm(`Delete ${amount(totals)}?`, environment))) {
    environment.stderr.write('Nothing was deleted.\n')
    return exitCodes.interrupted
  }
  const { options } = context
  const bin = { options, registryId: request.repositories.registryId, startedAt: Date.now(), environment }
  const result =
    request.dryRun || nothing ? undefined : await runPlans(plans, { client, endpoint, request, environment, progress })
  progress.clear()
  // This comes before the document: whatever becomes of a query, what was deleted is told.
  const quiet = document || !isRead()
  const code = result ? reportResult(result, { totals, environment, quiet, plans, bin }) : exitCodes.ok
  if (document) await printDocument(describeRun(plans, result, bin.startedAt), context)
  else if (nothing) environment.stdout.write('There is nothing to delete.\n')
  else if (request.dryRun) environment.stdout.write('Nothing was deleted: this was a dry run.\n')

  if (request.dryRun || plans.every(({ plan }) => plan.unreadable.size + plan.unread.size === 0)) return code
  environment.stderr.write('Images that may belong to an index which cannot be read were left alone.\n')
  return code === exitCodes.ok ? exitCodes.service : code
}

/** Prints the document. Plain JSON is written as it is made; every other format needs the whole document. */
async function printDocument(document: ReadonlyMap<string, Draft>, context: Context): Promise<void> {
  const { options, settings, query, environment } = context
  if (outputFormat(options.output, settings) !== 'json' || query !== undefined || environment.stdout.isTTY) {
    const whole = wholeValue(document)
    await print({ one: isDict(whole) ? whole : new Map() }, 'Clean', context)
    return
  }
  for (const piece of jsonPieces(document)) environment.stdout.write(piece)
}

const nobodyToAsk = () =>
  new CommandError(
    'usage',
    'Standard input is no terminal, so nobody can be asked whether to delete: give --yes to delete without a question, or --dry-run to see what would go.',
  )

interface Showing {
  readonly context: Context
  readonly now: number
  readonly asks: boolean
  readonly to: 'stdout' | 'stderr'
}

function showPlans(plans: readonly Planned[], { context, now, asks, to }: Showing): void {
  const output = context.environment[to]
  const style = {
    now,
    columns: output.isTTY ? output.columns() : undefined,
    most: asks ? BEFORE_QUESTION : ALL,
  }
  const worthShowing = plans.filter(
    ({ plan }) => plan.removals.length > 0 || plan.held.length > 0 || plan.unreadable.size > 0,
  )
  for (const planned of worthShowing) for (const piece of planTable(planned, style)) output.write(piece)
  const totals = totalsOf(removalsOf(plans))
  if (totals.images + totals.tags === 0) return
  const where = plural(plans.filter(({ plan }) => plan.removals.length > 0).length, 'repository', 'repositories')
  // The text has two lines, so that a terminal of 80 columns breaks neither.
  const bytes = totals.images > 0 ? `, up to ${formatBytes(totals.bytes)}\n(what images share is counted for each)` : ''
  output.write(`${amount(totals)} in ${where}${bytes}\n`)
}
