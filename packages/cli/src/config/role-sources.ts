/**
 * What the profile and the environment say about keys that must be exchanged first. What is wrong with it is told in
 * the words of the original, before the AWS SDK is loaded.
 */
import { createHash } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { CommandError } from '../errors.ts'
import { systemError } from '../parameters/paramfile.ts'
import { parseJson } from '../values/parse-json.ts'
import { repr } from '../values/python-text.ts'
import { isDict, type Value } from '../values/value.ts'
import type { Chain } from './credentials.ts'
import { profileExists, type Settings } from './settings.ts'

/** Fits the SDK's `fromWebToken`. */
export type WebIdentity = {
  readonly webIdentityToken: string
  readonly roleArn: string
  readonly roleSessionName?: string
}

/** Fits the SDK's `fromSSO`. */
export type SingleSignOn = {
  readonly ssoStartUrl: string
  readonly ssoRegion: string
  readonly ssoAccountId: string
  readonly ssoRoleName: string
  readonly ssoSession?: string
}

const failure = (message: string) => new CommandError('general', message)

/**
 * The token of a web identity and the role it is for; `--profile` shuts out the environment.
 * @throws CommandError `general` when the role or the file is missing
 */
export function webIdentityOf({ settings, profileFlag }: Chain): WebIdentity | undefined {
  const lookUp = (option: string, variable: string) =>
    settings.lookUp({ option, ...(!profileFlag && { variable }) }) || undefined
  const file = lookUp('web_identity_token_file', 'AWS_WEB_IDENTITY_TOKEN_FILE')
  if (file === undefined) return undefined
  const roleArn = lookUp('role_arn', 'AWS_ROLE_ARN')
  if (roleArn === undefined) {
    throw failure(
      'The provided profile or the current environment is configured to assume role with web identity but has no role ARN configured. Ensure that the profile has the role_arn configuration set or the AWS_ROLE_ARN env var is set.',
    )
  }
  const roleSessionName = lookUp('role_session_name', 'AWS_ROLE_SESSION_NAME')
  try {
    const webIdentityToken = readFileSync(file, 'utf8')
    return { webIdentityToken, roleArn, ...(roleSessionName !== undefined && { roleSessionName }) }
  } catch (error) {
    throw failure(systemError(error, file))
  }
}

const SSO_OPTIONS = ['sso_role_name', 'sso_account_id', 'sso_start_url', 'sso_region'] as const

/**
 * The role that single sign-on gives the profile; its session's section, if it names one, has part of the options.
 * @throws CommandError `general` when something is missing, or nobody has logged in
 */
export function singleSignOnOf({ settings, environment }: Chain): SingleSignOn | undefined {
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
  requireToken(ssoSession ?? ssoStartUrl, environment.home)
  return { ssoRoleName, ssoAccountId, ssoStartUrl, ssoRegion, ...(ssoSession !== undefined && { ssoSession }) }
}

/** Logging in leaves a token in a file named for the session, or for the URL where there are no sessions. */
function requireToken(name: string, home: string): void {
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

/** Whether the profile assumes a role with other keys. @throws CommandError `general` when those cannot be found */
export function assumesRole(settings: Settings): boolean {
  const option = (name: string) => settings.lookUp({ option: name })
  if (option('role_arn') === undefined || option('web_identity_token_file') !== undefined) return false
  checkSource(settings)
  return true
}

const CREDENTIAL_SOURCES = ['Environment', 'EcsContainer', 'Ec2InstanceMetadata']

function checkSource(settings: Settings): void {
  const { profile, profiles } = settings
  const optionOf = (name: string, option: string) =>
    profiles.config.get(name)?.get(option) ?? profiles.credentials.get(name)?.get(option)
  const source = optionOf(profile, 'source_profile')
  const credentialSource = optionOf(profile, 'credential_source')
  if (credentialSource !== undefined) {
    if (source !== undefined) {
      throw failure(`The profile "${profile}" contains both source_profile and credential_source.`)
    }
    if (CREDENTIAL_SOURCES.includes(credentialSource)) return
    throw failure(`The credential source "${credentialSource}" referenced in profile "${profile}" is not valid.`)
  }
  if (source === undefined) {
    throw failure('Partial credentials found in assume-role, missing: source_profile or credential_source')
  }
  const visited = [profile]
  let name = profile
  for (
    let next: string | undefined = source;
    next !== undefined;
    name = next, next = optionOf(name, 'source_profile')
  ) {
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
