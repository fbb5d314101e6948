/**
 * Reads what the profile and the environment say about keys that must be exchanged first. What is wrong there is told
 * in the words of the original, before the AWS SDK is loaded.
 */
import { createHash } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { profileExists, type Settings } from '../config/settings.ts'
import type { Environment } from '../environment.ts'
import { CommandError } from '../errors.ts'
import { parseJson } from '../python/parse-json.ts'
import { systemError } from '../python/system-error.ts'
import { repr } from '../python/text.ts'
import { isDict, type Value } from '../python/value.ts'
import { environmentKeys, metadataDisabled, namesContainer } from './environment-keys.ts'
import type { Search } from './provider.ts'

/** The role that a token in a file is for. */
interface WebIdentity {
  readonly tokenFile: string
  readonly roleArn: string
  readonly roleSessionName?: string
}

/** Fits the SDK's `fromSSO`. */
interface SingleSignOn {
  readonly ssoStartUrl: string
  readonly ssoRegion: string
  readonly ssoAccountId: string
  readonly ssoRoleName: string
  readonly ssoSession?: string
}

const failure = (message: string) => new CommandError('general', message)

/**
 * The file of a web identity's token, and the role that it is for. `--profile` shuts out the environment.
 * @throws CommandError `general` when the role is missing
 */
export function webIdentityOf({ settings, profileFlag }: Search): WebIdentity | undefined {
  const lookUp = (option: string, variable: string) =>
    settings.lookUp({ option, ...(!profileFlag && { variable }) }) || undefined
  const tokenFile = lookUp('web_identity_token_file', 'AWS_WEB_IDENTITY_TOKEN_FILE')
  if (tokenFile === undefined) return undefined
  const roleArn = lookUp('role_arn', 'AWS_ROLE_ARN')
  if (roleArn === undefined) {
    throw failure(
      'The provided profile or the current environment is configured to assume role with web identity but has no role ARN configured. Ensure that the profile has the role_arn configuration set or the AWS_ROLE_ARN env var is set.',
    )
  }
  const roleSessionName = lookUp('role_session_name', 'AWS_ROLE_SESSION_NAME')
  return { tokenFile, roleArn, ...(roleSessionName !== undefined && { roleSessionName }) }
}

/** The parameters of the SDK's `fromWebToken`. @throws CommandError `general` when the file cannot be read */
export function readWebIdentity({ tokenFile, ...role }: WebIdentity) {
  try {
    return { ...role, webIdentityToken: readFileSync(tokenFile, 'utf8') }
  } catch (error) {
    throw failure(systemError(error, tokenFile))
  }
}

const SSO_OPTIONS = ['sso_role_name', 'sso_account_id', 'sso_start_url', 'sso_region'] as const

/**
 * The role that single sign-on gives the profile. The section of its session, if it names one, has part of the
 * options.
 * @throws CommandError `general` when something is missing
 */
export function singleSignOnOf({ settings }: Search): SingleSignOn | undefined {
  const option = (name: string) => settings.lookUp({ option: name })
  if (option('sso_role_name') === undefined && option('sso_account_id') === undefined) return undefined
  const ssoSession = option('sso_session')
  const session = ssoSession === undefined ? undefined : settings.profiles.ssoSessions.get(ssoSession)
  if (ssoSession !== undefined && session === undefined) {
    throw failure(`The specified sso-session does not exist: "${ssoSession}"`)
  }
  for (const [name, value] of session ?? []) {
    const own = option(name) ?? value
    if (own !== value) {
      throw failure(`The value for ${name} is inconsistent between profile (${own}) and sso-session (${value}).`)
    }
  }
  const values = SSO_OPTIONS.map(name => session?.get(name) ?? option(name))
  const missing = SSO_OPTIONS.filter((_, index) => values[index] === undefined)
  if (missing.length > 0) {
    throw failure(
      `The profile "${settings.profile}" is configured to use SSO but is missing required configuration: ${missing.join(', ')}`,
    )
  }
  const [ssoRoleName = '', ssoAccountId = '', ssoStartUrl = '', ssoRegion = ''] = values
  return { ssoRoleName, ssoAccountId, ssoStartUrl, ssoRegion, ...(ssoSession !== undefined && { ssoSession }) }
}

/**
 * Checks that somebody has logged in. A login leaves a token in a file that is named for the session, or for the URL
 * where there are no sessions.
 * @throws CommandError `general` where nobody has
 */
export function requireToken({ ssoSession, ssoStartUrl }: SingleSignOn, { home }: Pick<Environment, 'home'>): void {
  const name = ssoSession ?? ssoStartUrl
  const advice = 'To log in, run aws sso login with the corresponding profile.'
  const file = join(home, '.aws/sso/cache', `${createHash('sha1').update(name).digest('hex')}.json`)
  if (!existsSync(file)) throw failure(`Error loading SSO Token: Token for ${name} does not exist. ${advice}`)
  const token = readJson(file)
  if (!isDict(token) || !['accessToken', 'expiresAt'].every(key => typeof token.get(key) === 'string')) {
    throw failure(`Error loading SSO Token: Token for ${name} is invalid. ${advice}`)
  }
}

function readJson(file: string): Value {
  try {
    return parseJson(readFileSync(file, 'utf8'))
  } catch {
    return null // no token either
  }
}

/**
 * Whether the profile assumes a role with other keys. @throws CommandError `general` when those keys cannot be found
 */
export function assumesRole(search: Search): boolean {
  const option = (name: string) => search.settings.lookUp({ option: name })
  if (option('role_arn') === undefined || option('web_identity_token_file') !== undefined) return false
  checkSources(search)
  return true
}

/** Follows the profiles that take their keys from another one. */
function checkSources({ settings, environment }: Search): void {
  const { profiles } = settings
  const visited = [settings.profile]
  for (let profile = settings.profile; ; ) {
    const option = (name: string) =>
      profiles.config.get(profile)?.get(name) ?? profiles.credentials.get(profile)?.get(name)
    const source = option('source_profile')
    const credentialSource = option('credential_source')
    if (credentialSource !== undefined) {
      if (source !== undefined) {
        throw failure(`The profile "${profile}" contains both source_profile and credential_source.`)
      }
      checkCredentialSource(credentialSource, profile, environment)
      return
    }
    if (source === undefined) {
      throw failure('Partial credentials found in assume-role, missing: source_profile or credential_source')
    }
    if (!profileExists(settings, source)) {
      throw failure(`The source_profile "${source}" referenced in the profile "${profile}" does not exist.`)
    }
    const has = (name: string) => [profiles.config, profiles.credentials].some(each => each.get(source)?.has(name))
    // The search ends at a profile with keys of its own, be it the profile that began the search.
    if (has('aws_access_key_id') && (source === profile || !visited.includes(source))) return
    if (visited.includes(source)) {
      throw failure(
        `Infinite loop in credential configuration detected. Attempting to load from profile ${source} which has already been visited. Visited profiles: ${repr(visited)}`,
      )
    }
    if (!has('role_arn') || has('web_identity_token_file')) {
      if (OTHER_KEYS.some(has)) return
      throw failure(`The source profile "${source}" must have credentials.`)
    }
    visited.push(source)
    profile = source
  }
}

/** Options that give a profile credentials where it has no keys and no role to assume. */
const OTHER_KEYS = ['web_identity_token_file', 'sso_role_name', 'sso_account_id', 'credential_process']

function checkCredentialSource(name: string, profile: string, environment: Environment): void {
  const found = CREDENTIAL_SOURCES.get(name)
  if (found === undefined) {
    throw failure(`The credential source "${name}" referenced in profile "${profile}" is not valid.`)
  }
  if (found(environment)) return
  throw failure(
    `Error when retrieving credentials from ${name}: No credentials found in credential_source referenced in profile ${profile}`,
  )
}

/** The places that `credential_source` may name, and whether there is something to ask. */
const CREDENTIAL_SOURCES = new Map<string, (environment: Environment) => boolean>([
  ['Environment', environment => environmentKeys(environment) !== undefined],
  ['EcsContainer', namesContainer],
  ['Ec2InstanceMetadata', environment => !metadataDisabled(environment)],
])

/**
 * Checks that the session of single sign-on which the profile names is there in full, even where other keys count.
 * @throws CommandError `general`
 */
export function checkSession(name: string, { profile, profiles }: Settings): void {
  const session = profiles.ssoSessions.get(name)
  const misses = (what: string) =>
    failure(`The profile "${profile}" is configured to use the SSO token provider but ${what}`)
  if (session === undefined || session.size === 0) {
    throw misses(`the "${name}" sso_session configuration does not exist.`)
  }
  const missing = ['sso_start_url', 'sso_region'].filter(option => !session.has(option))
  if (missing.length > 0) throw misses(`is missing the following configuration: ${repr(missing)}.`)
}
