import { CommandError } from '../errors.ts'
import { repr } from '../values/python-text.ts'
import type { Chain, Credentials } from './credentials.ts'
import { sdkRequestHandler } from './sdk-request-handler.ts'
import { profileExists, type Settings } from './settings.ts'

/**
 * Credentials that must be exchanged first: an assumed role, a web identity or single sign-on, through the AWS SDK.
 * @throws CommandError `general` when the exchange fails
 */
export async function roleCredentials({
  settings,
  environment,
  region,
  transport,
}: Chain): Promise<Credentials | undefined> {
  const option = (name: string) => settings.lookUp({ option: name })
  if (option('role_arn') !== undefined && option('web_identity_token_file') === undefined) checkSource(settings)
  const { fromIni, fromSSO, fromTokenFile } = await import('@aws-sdk/credential-providers')
  const requestHandler = sdkRequestHandler(transport, environment)
  const files = { clientConfig: { region, requestHandler }, ...sdkFiles(environment.env) }
  const webIdentity = environment.env['AWS_WEB_IDENTITY_TOKEN_FILE']
  const provider =
    option('role_arn') !== undefined || option('web_identity_token_file') !== undefined
      ? fromIni({ profile: settings.profile, ...files })
      : webIdentity
        ? fromTokenFile({ ...files, webIdentityTokenFile: webIdentity })
        : fromSSO({ profile: settings.profile, ...files })
  try {
    const { accessKeyId, secretAccessKey, sessionToken } = await provider()
    return { accessKeyId, secretAccessKey, ...(sessionToken !== undefined && { sessionToken }) }
  } catch (error) {
    throw new CommandError('general', error instanceof Error ? error.message : String(error), { cause: error })
  }
}

const sdkFiles = (env: { readonly [name: string]: string | undefined }) => ({
  ...(env['AWS_CONFIG_FILE'] && { configFilepath: env['AWS_CONFIG_FILE'] }),
  ...(env['AWS_SHARED_CREDENTIALS_FILE'] && { filepath: env['AWS_SHARED_CREDENTIALS_FILE'] }),
})

/** What is wrong with a role's source is told in the words of the original. @throws CommandError `general` */
function checkSource(settings: Settings): void {
  const { profile, profiles } = settings
  const optionOf = (name: string, option: string) =>
    profiles.config.get(name)?.get(option) ?? profiles.credentials.get(name)?.get(option)
  const source = optionOf(profile, 'source_profile')
  if (source === undefined && optionOf(profile, 'credential_source') === undefined) {
    throw failure('Partial credentials found in assume-role, missing: source_profile or credential_source')
  }
  const visited = [profile]
  for (let name = profile, next = source; next !== undefined; name = next, next = optionOf(name, 'source_profile')) {
    if (!profileExists(settings, next)) {
      throw failure(`The source_profile "${next}" referenced in the profile "${name}" does not exist.`)
    }
    // A profile may take its own keys for the role it names.
    if (next === name && optionOf(name, 'aws_access_key_id') !== undefined) return
    if (visited.includes(next)) {
      throw failure(
        `Infinite loop in credential configuration detected. Attempting to load from profile ${next} which has already been visited. Visited profiles: ${repr(visited)}`,
      )
    }
    visited.push(next)
    if (optionOf(next, 'role_arn') === undefined) return
  }
}

const failure = (message: string) => new CommandError('general', message)
