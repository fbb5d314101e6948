import type { Environment } from '../environment.ts'
import { CommandError } from '../errors.ts'
import { expandPath } from '../python/expand-path.ts'
import type { CredentialProvider, Search, ServiceAccess } from './provider.ts'
import { refreshing } from './refreshing.ts'
import { assumesRole, readWebIdentity, requireToken, singleSignOnOf, webIdentityOf } from './role-sources.ts'
import { sdkRequestHandler, type Trail } from './sdk-request-handler.ts'

/**
 * A provider of credentials that must be exchanged first, for an assumed role, a web identity or single sign-on,
 * through the AWS SDK. Undefined when neither the profile nor the environment asks for that. The services are reached
 * where the endpoint settings of AWS tools say (`AWS_ENDPOINT_URL_STS`, `_SSO`, `_SSO_OIDC` and those of the profile).
 * @throws CommandError `general` for what the profile lacks; the provider also `service` when a service refuses
 */
export function roleProvider(search: Search): CredentialProvider | undefined {
  const role = assumesRole(search)
  const webIdentity = role ? undefined : webIdentityOf(search)
  const singleSignOn = role || webIdentity ? undefined : singleSignOnOf(search)
  if (!role && !webIdentity && !singleSignOn) return undefined

  return refreshing(async ({ region, transport }: ServiceAccess) => {
    const { settings, environment } = search
    const token = webIdentity && readWebIdentity(webIdentity)
    if (singleSignOn) requireToken(singleSignOn, environment)
    const { fromIni, fromSSO, fromWebToken } = await import('@aws-sdk/credential-providers')
    const requestHandler = sdkRequestHandler(transport, environment)
    const profile = { profile: settings.profile, ...sdkFiles(environment) }
    // Single sign-on has a region of its own, which a region in `clientConfig` would replace.
    const provider = token
      ? fromWebToken({ ...token, clientConfig: { region, requestHandler } })
      : singleSignOn
        ? fromSSO({ ...singleSignOn, ...profile, clientConfig: { requestHandler } })
        : fromIni({ ...profile, clientConfig: { requestHandler }, parentClientConfig: { region, requestHandler } })
    try {
      // The SDK reads endpoints from the profile that the variable names, whichever profile it is told to use.
      const keys = await environment.withVariable('AWS_PROFILE', settings.profile, () => provider())
      const { accessKeyId, secretAccessKey, sessionToken, expiration } = keys
      return {
        credentials: { accessKeyId, secretAccessKey, ...(sessionToken !== undefined && { sessionToken }) },
        expiration: expiration?.toISOString(),
      }
    } catch (error) {
      throw told(error, requestHandler.trail)
    }
  })
}

function sdkFiles(environment: Environment) {
  const { AWS_CONFIG_FILE: config, AWS_SHARED_CREDENTIALS_FILE: credentials } = environment.env
  return {
    ...(config && { configFilepath: expandPath(config, environment) }),
    ...(credentials && { filepath: expandPath(credentials, environment) }),
  }
}

function told(error: unknown, { operation, failure, answered }: Trail): CommandError {
  const because = { cause: error }
  if (failure) return new CommandError('general', failure.message, because)
  if (answered !== undefined && /^Unknown: |^Unknown$|Deserialization error/m.test(messageOf(error))) {
    return new CommandError(
      'general',
      `${answered}, but not as a service of AWS does: is this endpoint meant?`,
      because,
    )
  }
  const refusal = refusalOf(error)
  if (refusal?.code === 'UnauthorizedException') {
    return new CommandError(
      'general',
      'The SSO session associated with this profile has expired or is otherwise invalid. To refresh this SSO session run aws sso login with the corresponding profile.',
      because,
    )
  }
  if (!refusal || operation === undefined) return new CommandError('general', messageOf(error), because)
  return new CommandError(
    'service',
    `An error occurred (${refusal.code}) when calling the ${operation} operation: ${refusal.message}`,
    because,
  )
}

/**
 * The code and message that a service answered. The SDK throws an error of its own, or wraps that in another, of which
 * only the text is left.
 */
function refusalOf(error: unknown): { readonly code: string; readonly message: string } | undefined {
  const message = messageOf(error)
  if (error instanceof Error && '$fault' in error) {
    // The SDK has names of its own for some codes.
    return { code: 'Code' in error ? String(error.Code) : error.name, message }
  }
  const [, code, rest = ''] = /^(\w+Exception): (.*)$/s.exec(message) ?? []
  return code === undefined ? undefined : { code, message: rest }
}

const messageOf = (error: unknown) => (error instanceof Error ? error.message : String(error))
