import { resolve } from 'node:path'
import { parseArguments } from '../../argv/parse-arguments.ts'
import { shellQuoted } from '../../config/split-words.ts'
import { argumentError, exitCodes, unknownOptions } from '../../errors.ts'
import type { Command, Context } from '../command.ts'
import { checkLocalRegistry } from './check-local-registry.ts'
import { findLocalRegistry } from './find-local-registry.ts'
import { LocalProfile } from './local-profile.ts'
import { configureOptions } from './options.ts'
import { printDocker } from './print-docker.ts'
import { strongerVariables } from './stronger-variables.ts'

/** `berth configure` */
export const configure: Command = {
  name: 'configure',
  summary: 'writes a profile for a registry on this machine, and tells docker how to log in',
  options: () => configureOptions,
  page: async () => (await import('./page.ts')).configurePage(),
  run: configureWhat,
}

function configureWhat(argv: readonly string[], context: Context): Promise<number> {
  const { values, rest } = parseArguments(configureOptions, argv)
  if (rest.length > 0) throw unknownOptions(rest)
  const asked = configureOptions.filter(({ key }) => values.get(key) !== undefined).map(({ name }) => name)
  if (asked[0] === '--docker' && asked.length === 1) return printDocker(context)
  if (!asked.includes('--local')) throw argumentError('one of the following arguments is required: --local, --docker')
  if (asked.includes('--docker')) throw argumentError('argument --docker: not allowed with argument --local')
  return writeProfile(values, context)
}

/**
 * `berth configure --local`: a profile for the registry that runs on this machine, with the first access key of its
 * data folder. It is called `berth` unless `--profile` names it, and is the default one where `--as-default` says so.
 */
async function writeProfile(values: ReturnType<typeof parseArguments>['values'], context: Context): Promise<number> {
  const { options, environment } = context
  const asDefault = values.get('as-default') === true
  if (asDefault && options.profile !== undefined)
    throw argumentError('argument --as-default: not allowed with argument --profile')
  if (options.profile === 'default')
    throw argumentError('argument --profile: the default profile is written only where --as-default is given')
  const profile = new LocalProfile(asDefault ? 'default' : (options.profile ?? 'berth'), environment)
  const dataDir = values.get('data-dir')
  const registry = findLocalRegistry(typeof dataDir === 'string' ? dataDir : undefined, context)
  profile.requireOwn(registry)
  await checkLocalRegistry(registry, context)
  const caBundle = options.caBundle === undefined ? undefined : resolve(options.caBundle)
  profile.write(registry, caBundle)
  const stronger = strongerVariables(environment, registry, caBundle)
  environment.stdout.write(told(profile.name, registry.endpoint, stronger))
  if (stronger.length > 0)
    environment.stderr.write(`\nSet in this shell, and before what the profile says: ${stronger.join(', ')}.\n`)
  const older = new LocalProfile('default', environment)
  if (!asDefault && older.isOfOlderRelease(registry)) environment.stderr.write(older.howToRemove())
  return exitCodes.ok
}

/** What is printed, with lines to paste. Variables that come before the profile are to be unset. */
function told(profile: string, endpoint: string, stronger: readonly string[]): string {
  const lines = [
    ...(stronger.length === 0 ? [] : [`unset ${stronger.join(' ')}`]),
    ...(profile === 'default' ? [] : [`export AWS_PROFILE=${shellQuoted(profile)}`]),
    'berth ecr-public describe-repositories',
  ].map(line => `\n  ${line}`)
  return profile === 'default'
    ? `The default profile points at ${endpoint}. Try:\n${lines.join('')}\n`
    : `The profile ${profile} points at ${endpoint}. To use it in this shell:\n${lines.join('')}\n`
}
