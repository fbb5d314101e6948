import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { type ArgumentSpec, parseArguments } from '../../argv/parse-arguments.ts'
import { parseIni, type Section } from '../../config/parse-ini.ts'
import { writeSection } from '../../config/write-section.ts'
import { type Environment, setting } from '../../environment.ts'
import { argumentError, CommandError, exitCodes, unknownOptions } from '../../errors.ts'
import { expandPath } from '../../python/expand-path.ts'
import type { Command, Context } from '../command.ts'

const DEFAULT_ENDPOINT = 'http://127.0.0.1:5000'
const LOOPBACK = /^https?:\/\/(?:localhost|127\.[\d.]+|\[::1\])(?::\d+)?(?:\/|$)/

const OPTIONS: readonly ArgumentSpec[] = [
  { name: '--local', key: 'local', arity: 'none', bare: true },
  { name: '--data-dir', key: 'data-dir', arity: 'one' },
]

/** `berth configure` */
export const configure: Command = {
  name: 'configure',
  summary: 'writes a profile, `configure --local` one for a registry on this machine',
  options: () => OPTIONS,
  page: async () => (await import('./page.ts')).configurePage(),
  run: async (argv, context) => writeProfile(argv, context),
}

/**
 * `berth configure --local`: a profile for the registry that runs on this machine, with the first access key of its
 * data folder. It becomes the default profile where there is none yet, and is called `berth` otherwise.
 */
function writeProfile(argv: readonly string[], { options, settings, environment }: Context): number {
  const { values, rest } = parseArguments(OPTIONS, argv)
  if (rest.length > 0) throw unknownOptions(rest)
  if (values.get('local') !== true) throw argumentError('the following arguments are required: --local')

  const dataDir = values.get('data-dir')
  const key = readKey(typeof dataDir === 'string' ? dataDir : undefined, environment)
  const endpoint = options.endpointUrl ?? DEFAULT_ENDPOINT
  const mayTake = (name: string) => {
    const section = settings.profiles.config.get(name)
    if (!section && !settings.profiles.credentials.has(name)) return true
    return LOOPBACK.test(section?.get('endpoint_url') ?? '')
  }
  const profile = options.profile ?? (mayTake('default') ? 'default' : 'berth')
  if (!mayTake(profile)) {
    throw new CommandError('configuration', `The profile ${profile} is in use for something else; choose another one.`)
  }
  const config = expandPath(setting(environment, 'AWS_CONFIG_FILE') ?? '~/.aws/config', environment)
  const credentials = expandPath(
    setting(environment, 'AWS_SHARED_CREDENTIALS_FILE') ?? '~/.aws/credentials',
    environment,
  )
  writeSection(config, profile === 'default' ? profile : `profile ${profile}`, {
    region: options.region ?? key.get('region') ?? 'us-east-1',
    endpoint_url: endpoint,
  })
  writeSection(credentials, profile, {
    aws_access_key_id: key.get('aws_access_key_id') ?? '',
    aws_secret_access_key: key.get('aws_secret_access_key') ?? '',
  })
  const flags = profile === 'default' ? '' : ` --profile ${profile}`
  environment.stdout.write(
    `The profile ${profile} points at ${endpoint}.\nTry: berth ecr-public describe-repositories${flags}\n`,
  )
  return exitCodes.ok
}

/** The first access key of a registry, from the file its server keeps it in. */
function readKey(dataDir: string | undefined, environment: Environment): Section {
  const checkout = join(__dirname, '../../../data')
  const folders = dataDir === undefined ? [setting(environment, 'BERTH_DATA_DIR') ?? 'data', checkout] : [dataDir]
  const file = folders.map(folder => join(folder, 'credentials')).find(existsSync)
  const section = file === undefined ? undefined : parseIni(readFileSync(file, 'utf8')).get('default')
  if (section) return section
  throw new CommandError(
    'configuration',
    `No access key in ${folders.join(' or ')}: start the registry first (npm start), or name its folder by --data-dir.`,
  )
}
