import type { Section } from '../config/parse-ini.ts'
import { setting } from '../environment.ts'
import { CommandError } from '../errors.ts'
import type { Credentials } from '../http/sign.ts'
import { environmentKeys, metadataDisabled, namesContainer, partial } from './environment-keys.ts'
import type { CredentialProvider, Search, ServiceAccess } from './provider.ts'
import type { TemporaryCredentials } from './refreshing.ts'

/**
 * Options of a profile that only other programs or servers can turn into keys. The parts of the chain for them are
 * loaded when they are needed.
 */
const ROLE_OPTIONS = ['role_arn', 'web_identity_token_file', 'sso_role_name', 'sso_account_id']

/**
 * Finds credentials in the places where AWS tools look, in their order, as far as this machine knows. No other machine
 * is asked before the keys are wanted; only then it shows that there are none at all.
 * @throws CommandError `general` when half a pair is found, or when what a profile names is not there
 */
export async function findCredentials(search: Search): Promise<CredentialProvider> {
  const { settings, environment, profileFlag } = search
  const fromEnvironment = profileFlag ? undefined : environmentKeys(environment)
  if (fromEnvironment) return always(fromEnvironment)

  const config = settings.profiles.config.get(settings.profile)
  const file = settings.profiles.credentials.get(settings.profile)
  const webIdentity = !profileFlag && setting(environment, 'AWS_WEB_IDENTITY_TOKEN_FILE') !== undefined
  if (webIdentity || ROLE_OPTIONS.some(option => config?.has(option) || file?.has(option))) {
    const { roleProvider } = await import('./role-credentials.ts')
    const provider = roleProvider(search)
    if (provider) return provider
  }
  const command = settings.lookUp({ option: 'credential_process' })
  let keys = sectionKeys(file, 'shared-credentials-file')
  if (!keys && command !== undefined) {
    const { processProvider } = await import('./process-credentials.ts')
    return processProvider(command)
  }
  keys ??= sectionKeys(config, 'config-file')
  if (keys) return always(keys)
  const { refreshing } = await import('./refreshing.ts')
  return refreshing(exchange => remoteCredentials(search, exchange))
}

const always = (keys: Credentials): CredentialProvider => {
  const answer = Promise.resolve(keys)
  return () => answer
}

function sectionKeys(section: Section | undefined, source: string): Credentials | undefined {
  const accessKeyId = section?.get('aws_access_key_id')
  if (accessKeyId === undefined) return undefined
  const secretAccessKey = section?.get('aws_secret_access_key')
  if (secretAccessKey === undefined) throw partial(source, 'aws_secret_access_key')
  const token = section?.get('aws_security_token') ?? section?.get('aws_session_token')
  return { accessKeyId, secretAccessKey, ...(token !== undefined && { sessionToken: token }) }
}

async function remoteCredentials(
  { settings, environment }: Search,
  { transport }: ServiceAccess,
): Promise<TemporaryCredentials> {
  if (namesContainer(environment)) {
    const { containerCredentials } = await import('./container-credentials.ts')
    return containerCredentials(environment, transport)
  }
  if (!metadataDisabled(environment)) {
    const { instanceCredentials } = await import('./instance-metadata.ts')
    const found = await instanceCredentials(settings)
    // These keys are used beyond their end, as the original does: the service may be late with the next ones.
    if (found) return { credentials: found, expiration: undefined }
  }
  throw new CommandError(
    'configuration',
    'Unable to locate credentials. You can configure credentials by running "aws configure".',
  )
}
