import type { GlobalValues } from '../../../argv/global-options.ts'
import { shellQuoted } from '../../../config/split-words.ts'
import type { Environment } from '../../../environment.ts'
import type { Planned } from '../plan/totals.ts'
import type { Result } from '../run/tally.ts'
import { keepIds } from './kept-ids.ts'

const DAY_MS = 24 * 60 * 60 * 1000
/** The most ids that the command for a person to type has; more come from files. */
const MOST_IDS = 10
/** How many ids one call takes. */
const IDS_OF_CALL = 100
const MOST_REPOSITORIES = 5

/**
 * When the first image that is deleted from now on leaves the bin, in milliseconds since 1970. Undefined where none
 * stays in the bin.
 */
export const restorableUntil = ({ settings }: Planned, startedAt: number): number | undefined =>
  settings === undefined || settings.binDays === 0 ? undefined : startedAt + settings.binDays * DAY_MS

export interface BinTelling {
  readonly options: GlobalValues
  readonly registryId: string | undefined
  /** When the first deletion may have happened, in milliseconds since 1970. */
  readonly startedAt: number
  readonly environment: Environment
}

/**
 * Says for each repository where deleted images are, until when, and by which command they come back. Registries that
 * have no bin, or do not tell, are left out.
 */
export function describeBin(plans: readonly Planned[], result: Result, telling: BinTelling): string[] {
  const told = plans.map(planned => ({ planned, ids: idsOf(planned, result) })).filter(({ ids }) => ids.length > 0)
  const known = told.filter(({ planned }) => planned.settings !== undefined)
  const lines = known.slice(0, MOST_REPOSITORIES).flatMap(({ planned, ids }) => {
    const until = restorableUntil(planned, telling.startedAt)
    if (until === undefined)
      return [`${planned.repository.name} has no bin (binDays is 0): what was deleted cannot be restored.`]
    const moment = new Date(until).toISOString().replace('T', ' ').slice(0, 16)
    return [
      `What was deleted from ${planned.repository.name} waits in its bin until ${moment} UTC, and its space with it. To restore it:`,
      `  ${restoreCommand(planned, ids, { ...telling, until })}`,
    ]
  })
  const more = known.length - MOST_REPOSITORIES
  if (more > 0)
    lines.push(`The same goes for ${more} more repositories: berth images deleted lists what is in their bins.`)
  return lines
}

/** The ids that restore what was deleted: images by digest, and tags whose image stayed. */
const idsOf = ({ plan }: Planned, { outcomes }: Result): string[] =>
  plan.removals
    .filter(removal => outcomes.get(removal) === 'done')
    .flatMap(({ image, tags }) => tags?.map(tag => `imageTag=${tag}`) ?? [`imageDigest=${image.digest}`])

function restoreCommand(
  { repository }: Planned,
  ids: readonly string[],
  { options, registryId, environment, until }: BinTelling & { readonly until: number },
): string {
  const { endpointUrl, profile, region, caBundle } = options
  const given = Object.entries({
    'endpoint-url': endpointUrl,
    profile,
    region,
    'ca-bundle': caBundle,
    'registry-id': registryId,
    'repository-name': repository.name,
  }).flatMap(([name, value]) => (value === undefined ? [] : [`--${name} ${shellQuoted(value)}`]))
  const restore = ['berth images restore', ...given, '--image-ids'].join(' ')
  if (ids.length <= MOST_IDS) return `${restore} ${ids.join(' ')}`
  const calls = Array.from({ length: Math.ceil(ids.length / IDS_OF_CALL) }, (_, at) =>
    ids.slice(at * IDS_OF_CALL, (at + 1) * IDS_OF_CALL),
  )
  // The command names just these ids: somebody else may have deleted others meanwhile. `berth` may be a function, which
  // xargs cannot call.
  const folder = keepIds(calls, until, environment)
  return folder === undefined
    ? calls.map(each => `${restore} ${each.join(' ')}`).join('; ')
    : `for ids in ${shellQuoted(folder)}/*; do ${restore} $(cat "$ids"); done`
}
