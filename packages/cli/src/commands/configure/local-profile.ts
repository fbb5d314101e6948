import { existsSync, readFileSync } from 'node:fs'
import { parseIni, type Section } from '../../config/parse-ini.ts'
import { sectionText, writeOptions } from '../../config/write-options.ts'
import { type Environment, setting } from '../../environment.ts'
import { CommandError } from '../../errors.ts'
import { expandPath } from '../../python/expand-path.ts'
import type { LocalRegistry } from './find-local-registry.ts'

/** Stands below the heading of each section that this program made. */
const MARK = '# by berth configure --local'
/** What releases wrote that made no mark. */
const OLDER = { config: ['region', 'endpoint_url'], credentials: ['aws_access_key_id', 'aws_secret_access_key'] }
const LOOPBACK = /^https?:\/\/(?:localhost|127\.[\d.]+|\[::1\])(?::\d+)?(?:\/|$)/

/** One profile in the two files of AWS. */
export class LocalProfile {
  readonly name: string
  readonly #config: ProfileFile
  readonly #credentials: ProfileFile

  constructor(name: string, environment: Environment) {
    this.name = name
    const title = name === 'default' ? name : `profile ${name}`
    this.#config = new ProfileFile(setting(environment, 'AWS_CONFIG_FILE') ?? '~/.aws/config', title, environment)
    this.#credentials = new ProfileFile(
      setting(environment, 'AWS_SHARED_CREDENTIALS_FILE') ?? '~/.aws/credentials',
      name,
      environment,
    )
  }

  /** Refuses to touch a section that somebody else wrote. @throws CommandError `configuration` */
  requireOwn(registry: LocalRegistry): void {
    const strange = [this.#config, this.#credentials].filter(file => file.section && !file.isMarked)
    if (strange.length === 0 || this.isOfOlderRelease(registry)) return
    const places = strange.map(file => `[${file.title}] of ${file.path}`).join(' and ')
    const hint = this.#looksOlder()
      ? ' It looks as an older release of berth wrote it; remove it if so, and run this again.'
      : ''
    throw new CommandError(
      'configuration',
      `The profile ${this.name} is somebody else's: ${places} was not written by this command, and stays as it is. ` +
        `Name another profile by --profile.${hint}`,
    )
  }

  /** Whether a release without marks wrote the profile, for this very registry. */
  isOfOlderRelease({ accessKeyId }: LocalRegistry): boolean {
    return this.#looksOlder() && this.#credentials.section?.get('aws_access_key_id') === accessKeyId
  }

  #looksOlder(): boolean {
    const [config, credentials] = [this.#config.section, this.#credentials.section]
    return (
      !this.#config.isMarked &&
      hasOnly(config, OLDER.config) &&
      hasOnly(credentials, OLDER.credentials) &&
      LOOPBACK.test(config?.get('endpoint_url') ?? '')
    )
  }

  /** What a person may do about a profile that an older release wrote. */
  howToRemove(): string {
    return (
      `\nAn older release of berth made the ${this.name} profile point at this registry, for all that AWS tools do. ` +
      `Unless you want that, remove [${this.#config.title}] from ${this.#config.path} and ` +
      `[${this.#credentials.title}] from ${this.#credentials.path}.\n`
    )
  }

  write({ endpoint, region, accessKeyId, secretAccessKey }: LocalRegistry, caBundle: string | undefined): void {
    this.#credentials.write({ aws_access_key_id: accessKeyId, aws_secret_access_key: secretAccessKey })
    this.#config.write({ region, endpoint_url: endpoint, ...(caBundle !== undefined && { ca_bundle: caBundle }) })
  }
}

const hasOnly = (section: Section | undefined, names: readonly string[]): boolean =>
  section !== undefined && section.size === names.length && names.every(name => section.has(name))

/** A profile's section in one of the files. */
class ProfileFile {
  readonly path: string
  readonly title: string
  readonly section: Section | undefined
  readonly isMarked: boolean

  constructor(path: string, title: string, environment: Environment) {
    this.path = expandPath(path, environment)
    this.title = title
    const text = existsSync(this.path) ? readFileSync(this.path, 'utf8') : ''
    this.section = parseIni(text).get(title)
    this.isMarked = sectionText(text, title)?.includes(`\n${MARK}\n`) ?? false
  }

  write(options: Readonly<Record<string, string>>): void {
    writeOptions(this.path, this.title, MARK, options)
  }
}
