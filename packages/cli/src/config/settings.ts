import type { Environment } from '../environment.ts'
import { CommandError } from '../errors.ts'
import { invalidInteger, parseInteger } from '../python/int.ts'
import type { Section } from './parse-ini.ts'
import type { Profiles } from './profiles.ts'

/** The settings of one run: the chosen profile, over which the environment counts. */
export interface Settings {
  readonly profiles: Profiles
  readonly profile: string
  /** Whether somebody asked for this profile. Then it must exist. */
  readonly profileChosen: boolean
  /** The value of a variable that is set, even to nothing, else the profile's own value. */
  readonly lookUp: (name: { readonly variable?: string; readonly option: string }) => string | undefined
}

/** Makes the settings of one run. `profileFlag` is the value of `--profile`. */
export function createSettings(
  profiles: Profiles,
  { env }: Pick<Environment, 'env'>,
  profileFlag: string | undefined,
): Settings {
  const chosen = (profileFlag || undefined) ?? env['AWS_PROFILE'] ?? env['AWS_DEFAULT_PROFILE']
  const profile = chosen ?? 'default'
  return {
    profiles,
    profile,
    profileChosen: chosen !== undefined,
    lookUp({ variable, option }) {
      const fromEnvironment = variable === undefined ? undefined : env[variable]
      return fromEnvironment ?? profileOption(profiles, profile, option)
    },
  }
}

/** The credentials file has the last word on what both files set. */
function profileOption({ config, credentials }: Profiles, profile: string, option: string): string | undefined {
  return credentials.get(profile)?.get(option) ?? config.get(profile)?.get(option)
}

export const profileExists = ({ profiles }: Settings, profile: string): boolean =>
  profiles.config.has(profile) || profiles.credentials.has(profile)

/** Refuses a chosen profile that does not exist. @throws CommandError `general` */
export function requireProfile(settings: Settings): void {
  if (settings.profileChosen && !profileExists(settings, settings.profile)) {
    throw new CommandError('general', `The config profile (${settings.profile}) could not be found`)
  }
}

/** The options indented below `name =`, such as those of a `[services …]` section. */
export function nestedOptions(section: Section | undefined, name: string): ReadonlyMap<string, string> {
  const lines = (section?.get(name) ?? '').split('\n').filter(line => line.includes('='))
  return new Map(
    lines.map(line => [
      line.slice(0, line.indexOf('=')).trim().toLowerCase(),
      line.slice(line.indexOf('=') + 1).trim(),
    ]),
  )
}

export const isTrue = (text: string | undefined): boolean => text?.toLowerCase() === 'true'

/**
 * How long to wait for the metadata service of EC2, in seconds, and how often to ask it.
 * @throws CommandError `general` for a text that is no number
 */
export function metadataPatience(settings: Settings): { readonly seconds: number; readonly attempts: number } {
  const number = (option: string) => {
    const text = settings.lookUp({ option, variable: `AWS_${option.toUpperCase()}` }) ?? '1'
    const value = parseInteger(text)
    if (value === undefined) throw new CommandError('general', invalidInteger(text))
    return Number(value)
  }
  return { seconds: number('metadata_service_timeout'), attempts: number('metadata_service_num_attempts') }
}
