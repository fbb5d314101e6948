import { type Environment, setting } from '../environment.ts'
import { CommandError } from '../errors.ts'
import type { Transport } from '../http/send.ts'
import type { Section } from './parse-ini.ts'
import type { Settings } from './settings.ts'

export type Credentials = {
  readonly accessKeyId: string
  readonly secretAccessKey: string
  readonly sessionToken?: string
}

/** What the search for credentials goes by. */
export type Chain = {
  readonly settings: Settings
  readonly environment: Environment
  readonly region: string
  /** How other services are reached on the way. */
  readonly transport: Transport
  /** Whether `--profile` is on the command line: then the environment's keys do not count. */
  readonly profileFlag: boolean
}

/** What only other programs or servers can turn into keys: the parts of the chain that are loaded when needed. */
const ROLE_OPTIONS = ['role_arn', 'web_identity_token_file', 'sso_role_name', 'sso_account_id']

/**
 * Goes through the places AWS tools look for credentials in, in their order.
 * @throws CommandError `configuration` when there are none, `general` when half a pair is found or a source fails
 */
export async function resolveCredentials(chain: Chain): Promise<Credentials> {
  const { settings, environment, profileFlag } = chain
  const fromEnvironment = profileFlag ? undefined : environmentKeys(environment)
  if (fromEnvironment) return fromEnvironment

  const config = settings.profiles.config.get(settings.profile)
  const file = settings.profiles.credentials.get(settings.profile)
  const webIdentity = !profileFlag && setting(environment, 'AWS_WEB_IDENTITY_TOKEN_FILE') !== undefined
  if (webIdentity || ROLE_OPTIONS.some(option => config?.has(option) || file?.has(option))) {
    const { roleCredentials } = await import('../rarely.ts')
    const found = await roleCredentials(chain)
    if (found) return found
  }
  const shared = sectionKeys(file, 'shared-credentials-file')
  if (shared) return shared
  const command = settings.lookUp({ option: 'credential_process' })
  if (command !== undefined) {
    const { processCredentials } = await import('../rarely.ts')
    return processCredentials(command)
  }
  const configured = sectionKeys(config, 'config-file')
  if (configured) return configured
  const remote = await remoteCredentials(chain)
  if (remote) return remote
  throw new CommandError(
    'configuration',
    'Unable to locate credentials. You can configure credentials by running "aws configure".',
  )
}

/**
 * What is wrong with the sources of credentials, as far as it shows without asking anybody.
 * @throws CommandError `general`
 */
export async function checkSources({
  settings,
  environment,
  profileFlag,
}: Pick<Chain, 'settings' | 'environment' | 'profileFlag'>): Promise<void> {
  if (!profileFlag && environmentKeys(environment)) return
  const file = settings.profiles.credentials.get(settings.profile)
  const config = settings.profiles.config.get(settings.profile)
  if (file?.has('role_arn') || config?.has('role_arn')) {
    const { assumesRole } = await import('../rarely.ts')
    if (assumesRole(settings)) return
  }
  if (sectionKeys(file, 'shared-credentials-file')) return
  if (settings.lookUp({ option: 'credential_process' }) === undefined) sectionKeys(config, 'config-file')
}

function environmentKeys(environment: Environment): Credentials | undefined {
  const accessKeyId = setting(environment, 'AWS_ACCESS_KEY_ID')
  const secretAccessKey = setting(environment, 'AWS_SECRET_ACCESS_KEY')
  if (accessKeyId === undefined) return undefined
  if (secretAccessKey === undefined) throw partial('env', 'AWS_SECRET_ACCESS_KEY')
  const token = setting(environment, 'AWS_SECURITY_TOKEN') ?? setting(environment, 'AWS_SESSION_TOKEN')
  return { accessKeyId, secretAccessKey, ...(token !== undefined && { sessionToken: token }) }
}

function sectionKeys(section: Section | undefined, source: string): Credentials | undefined {
  const accessKeyId = section?.get('aws_access_key_id')
  if (accessKeyId === undefined) return undefined
  const secretAccessKey = section?.get('aws_secret_access_key')
  if (secretAccessKey === undefined) throw partial(source, 'aws_secret_access_key')
  const token = section?.get('aws_security_token') ?? section?.get('aws_session_token')
  return { accessKeyId, secretAccessKey, ...(token !== undefined && { sessionToken: token }) }
}

const partial = (source: string, missing: string) =>
  new CommandError('general', `Partial credentials found in ${source}, missing: ${missing}`)

async function remoteCredentials({ settings, environment, transport }: Chain): Promise<Credentials | undefined> {
  if (
    setting(environment, 'AWS_CONTAINER_CREDENTIALS_RELATIVE_URI') ||
    setting(environment, 'AWS_CONTAINER_CREDENTIALS_FULL_URI')
  ) {
    const { containerCredentials } = await import('../rarely.ts')
    return containerCredentials(environment, transport)
  }
  if (environment.env['AWS_EC2_METADATA_DISABLED']?.toLowerCase() === 'true') return undefined
  const { instanceCredentials } = await import('../rarely.ts')
  return instanceCredentials(settings)
}
