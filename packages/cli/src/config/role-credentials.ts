import { CommandError } from '../errors.ts'
import type { Chain, Credentials } from './credentials.ts'
import { profileExists } from './settings.ts'

/**
 * Credentials that must be exchanged first: an assumed role, a web identity or single sign-on, through the AWS SDK.
 * @throws CommandError `general` when the exchange fails
 */
export async function roleCredentials({ settings, environment, region }: Chain): Promise<Credentials | undefined> {
  const option = (name: string) => settings.lookUp({ option: name })
  const source = option('source_profile')
  if (option('role_arn') !== undefined && source !== undefined && !profileExists(settings, source)) {
    throw new CommandError(
      'general',
      `The source_profile "${source}" referenced in the profile "${settings.profile}" does not exist.`,
    )
  }
  const { fromIni, fromSSO, fromTokenFile } = await import('@aws-sdk/credential-providers')
  const files = { clientConfig: { region }, ...sdkFiles(environment.env) }
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
