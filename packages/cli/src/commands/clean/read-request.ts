import { parseLifecyclePolicy } from '@berth/lifecycle'
import { globalOptions } from '../../argv/global-options.ts'
import { type ArgumentValue, parseArguments } from '../../argv/parse-arguments.ts'
import { suggestOptions } from '../../argv/suggest-options.ts'
import type { Environment } from '../../environment.ts'
import { argumentError, CommandError, unknownOptions } from '../../errors.ts'
import { loadParamfile, ParamfileError } from '../../parameters/paramfile.ts'
import { parseDuration } from './duration.ts'
import type { Wanted } from './inventory/repositories.ts'
import { cleanOptions, DEFAULT_CONCURRENCY, MOST_CONCURRENCY } from './options.ts'
import { glob } from './selection/glob.ts'
import type { Selectors } from './selection/select.ts'

/** What a command line asks for. */
export interface CleanRequest {
  readonly repositories: Wanted
  readonly selectors: Selectors
  readonly dryRun: boolean
  readonly yes: boolean
  readonly concurrency: number
}

/** Reads a command line. @throws CommandError `usage` for one that contradicts itself or is incomplete */
export function readRequest(argv: readonly string[], environment: Environment): CleanRequest {
  const { values, rest } = parseArguments(cleanOptions, argv)
  if (rest.length > 0) {
    throw unknownOptions(
      rest,
      suggestOptions(
        rest,
        [...cleanOptions, ...globalOptions].map(option => option.name),
      ),
    )
  }
  const given = (name: string) => values.get(name) === true
  const selectors = readSelectors(values, environment)
  const registryId = textOf(values, 'registry-id')
  return {
    repositories: {
      patterns: repositoryPatterns(values),
      ...(registryId !== undefined && { registryId }),
    },
    selectors,
    dryRun: given('dry-run'),
    yes: given('yes'),
    concurrency: numberOf(values, 'concurrency', MOST_CONCURRENCY) ?? DEFAULT_CONCURRENCY,
  }
}

type Values = ReadonlyMap<string, ArgumentValue>

/** The patterns that repositories must match; undefined for all repositories. */
function repositoryPatterns(values: Values): readonly string[] | undefined {
  const patterns = wordsOf(values, 'repository-name')
  const all = values.get('all-repositories') === true
  if (all && patterns.length > 0) throw argumentError('--all-repositories leaves nothing for --repository-name to name')
  if (!all && patterns.length === 0) {
    throw argumentError('the following arguments are required: --repository-name or --all-repositories')
  }
  return all ? undefined : patterns
}

function readSelectors(values: Values, environment: Environment): Selectors {
  const untagged = values.get('untagged') === true
  const olderThanMs = durationOf(values, 'older-than')
  const notPulledForMs = durationOf(values, 'not-pulled-since')
  const keep = numberOf(values, 'keep')
  const tags = wordsOf(values, 'tag')
  const rule = textOf(values, 'rule')
  if (!untagged && tags.length === 0 && [olderThanMs, notPulledForMs, keep, rule].every(each => each === undefined)) {
    throw argumentError(
      'nothing says which images to clean: give --untagged, --older-than, --not-pulled-since, --tag, --keep or --rule, or several of them to narrow the choice',
    )
  }
  if (untagged && tags.length > 0)
    throw argumentError('no image is --untagged and has a --tag: clean them one after the other')
  return {
    untagged,
    ...(olderThanMs !== undefined && { olderThanMs }),
    ...(notPulledForMs !== undefined && { notPulledForMs }),
    ...(keep !== undefined && { keep }),
    tags: tags.map(glob),
    notTags: wordsOf(values, 'not-tag').map(glob),
    ...(rule !== undefined && { policy: readPolicy(rule, environment) }),
  }
}

function readPolicy(file: string, environment: Environment) {
  const parsed = parseLifecyclePolicy(readText(file, environment))
  if (parsed.ok) return parsed.policy
  const faults = parsed.faults.map(({ path, reason }) => `  ${path === '' ? reason : `${path}: ${reason}`}`)
  throw new CommandError('usage', `The lifecycle policy in ${file} is not valid:\n${faults.join('\n')}`)
}

function readText(file: string, environment: Environment): string {
  try {
    return String(loadParamfile(file.startsWith('file://') ? file : `file://${file}`, environment))
  } catch (error) {
    if (error instanceof ParamfileError) throw new CommandError('usage', `argument --rule: ${error.message}`)
    throw error
  }
}

const textOf = (values: Values, name: string): string | undefined => {
  const value = values.get(name)
  return typeof value === 'string' ? value : undefined
}

function wordsOf(values: Values, name: string): readonly string[] {
  const words = values.get(name)
  if (words === undefined) return []
  if (typeof words !== 'object' || words.length === 0)
    throw argumentError(`argument --${name}: expected at least one argument`)
  return words
}

function durationOf(values: Values, name: string): number | undefined {
  const text = textOf(values, name)
  const duration = text === undefined ? undefined : parseDuration(text)
  if (text !== undefined && duration === undefined) {
    throw argumentError(`argument --${name}: '${text}' is no duration: a number and s, m, h, d or w, such as 30d`)
  }
  return duration
}

function numberOf(values: Values, name: string, most = Number.MAX_SAFE_INTEGER): number | undefined {
  const text = textOf(values, name)
  if (text === undefined) return undefined
  const number = Number(text)
  if (number >= 1 && number <= most) return number
  throw argumentError(
    `argument --${name}: must be at least 1${most < Number.MAX_SAFE_INTEGER ? ` and at most ${most}` : ''}`,
  )
}
