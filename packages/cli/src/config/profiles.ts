import { existsSync, readFileSync } from 'node:fs'
import { type Environment, setting } from '../environment.ts'
import { CommandError } from '../errors.ts'
import { expandPath } from '../python/expand-path.ts'
import { parseIni, type Section } from './parse-ini.ts'
import { splitWords } from './split-words.ts'

/** The contents of the two AWS files, by profile. */
export interface Profiles {
  readonly config: ReadonlyMap<string, Section>
  readonly credentials: ReadonlyMap<string, Section>
  /** The `[services name]` sections, which give single services their endpoints. */
  readonly services: ReadonlyMap<string, Section>
  /** The `[sso-session name]` sections, by which several profiles log in together. */
  readonly ssoSessions: ReadonlyMap<string, Section>
}

/** Reads the AWS files. @throws CommandError `general` when one is there and is no INI file */
export function readProfiles(environment: Environment): Profiles {
  const config = readSections(setting(environment, 'AWS_CONFIG_FILE') ?? '~/.aws/config', environment)
  const credentials = readSections(
    setting(environment, 'AWS_SHARED_CREDENTIALS_FILE') ?? '~/.aws/credentials',
    environment,
  )
  return {
    config: named(config, 'profile'),
    credentials,
    services: named(config, 'services'),
    ssoSessions: named(config, 'sso-session'),
  }
}

function readSections(file: string, environment: Environment): Map<string, Section> {
  const path = expandPath(file, environment)
  if (!existsSync(path)) return new Map()
  let bytes: Uint8Array
  try {
    bytes = readFileSync(path)
  } catch {
    return new Map() // as with the original, a file that cannot be read is a file that is not there
  }
  try {
    return parseIni(new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes))
  } catch {
    throw new CommandError('general', `Unable to parse config file: ${path}`)
  }
}

/** `[profile name]` and `[profile "a name"]`, and the one profile that may go without the word. */
function named(sections: ReadonlyMap<string, Section>, kind: string): Map<string, Section> {
  const found = new Map<string, Section>()
  for (const [title, section] of sections) {
    const [first, name, ...more] = splitWords(title)
    if (kind === 'profile' && title === 'default') found.set(title, section)
    else if (first === kind && name !== undefined && more.length === 0) found.set(name, section)
  }
  return found
}
