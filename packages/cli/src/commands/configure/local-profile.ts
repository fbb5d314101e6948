import { parseIni, type Section } from '../../config/parse-ini.ts'
import { splitWords } from '../../config/split-words.ts'
import { textIfThere } from '../../config/text-if-there.ts'
import { sectionText, writeOptions } from '../../config/write-options.ts'
import { type Environment, setting } from '../../environment.ts'
import { argumentError, CommandError } from '../../errors.ts'
import { expandPath } from '../../python/expand-path.ts'
import { systemError } from '../../python/system-error.ts'
import type { LocalRegistry } from './find-local-registry.ts'

/** The comment below the heading of each section that this program made. */
const MARK = '# by berth configure --local'
/** The options that releases without the mark wrote. */
const OLDER = { config: ['region', 'endpoint_url'], credentials: ['aws_access_key_id', 'aws_secret_access_key'] }
const LOOPBACK = /^https?:\/\/(?:localhost|127\.[\d.]+|\[::1\])(?::\d+)?(?:\/|$)/
/** Characters that a heading of these files cannot hold, or that could be read as something else there. */
const NO_NAME = /[\p{Cc}[\]'"\\]/u
/** Options by which AWS tools find credentials elsewhere than in the profile's own key. */
const OTHER_CREDENTIALS =
  /^(?:role_arn|source_profile|credential_source|credential_process|web_identity_token_file|sso_\w+|aws_session_token)$/

/** One profile in the two files of AWS. */
export class LocalProfile {
  readonly name: string
  readonly #config: ProfileFile
  readonly #credentials: ProfileFile

  constructor(name: string, environment: Environment) {
    if (name.trim() !== name || name === '' || NO_NAME.test(name))
      throw argumentError(
        'argument --profile: a name has no quotes, brackets or backslashes, and no blank at its beginning or end',
      )
    this.name = name
    const title = name === 'default' ? name : /\s/.test(name) ? `profile '${name}'` : `profile ${name}`
    this.#config = new ProfileFile(
      setting(environment, 'AWS_CONFIG_FILE') ?? '~/.aws/config',
      { title, isSecret: false, isSame: each => splitWords(each).join('\n') === splitWords(title).join('\n') },
      environment,
    )
    this.#credentials = new ProfileFile(
      setting(environment, 'AWS_SHARED_CREDENTIALS_FILE') ?? '~/.aws/credentials',
      { title: name, isSecret: true, isSame: each => each === name },
      environment,
    )
  }

  /** Refuses to touch a section that somebody else wrote. @throws CommandError `configuration` */
  requireOwn(registry: LocalRegistry): void {
    const strange = [this.#config, this.#credentials].filter(file => file.section && !file.isMarked)
    if (strange.length === 0) this.#requireKeyAlone()
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

  /** Refuses a profile of ours to which somebody has added what leads to other credentials than its key. */
  #requireKeyAlone(): void {
    for (const file of [this.#config, this.#credentials]) {
      const other = [...(file.section?.keys() ?? [])].find(name => OTHER_CREDENTIALS.test(name))
      if (other === undefined) continue
      throw new CommandError(
        'configuration',
        `${other} stands in [${file.title}] of ${file.path}: AWS tools would use other credentials than the key of the ` +
          'registry. Remove it, or name another profile by --profile.',
      )
    }
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

interface Heading {
  readonly title: string
  /** Whether the section holds a secret. */
  readonly isSecret: boolean
  /** Whether a heading of the file means the same profile, though it may be spelt otherwise. */
  readonly isSame: (title: string) => boolean
}

/** A profile's section in one of the files. */
class ProfileFile {
  readonly path: string
  readonly title: string
  readonly section: Section | undefined
  readonly isMarked: boolean
  readonly #isSecret: boolean

  /** @throws CommandError `configuration` for a file that cannot be read */
  constructor(path: string, { title, isSecret, isSame }: Heading, environment: Environment) {
    this.path = expandPath(path, environment)
    this.#isSecret = isSecret
    const text = inWords('read', this.path, () => textIfThere(this.path) ?? '')
    const sections = parseIni(text)
    this.title = [...sections.keys()].find(isSame) ?? title
    this.section = sections.get(this.title)
    this.isMarked = sectionText(text, this.title)?.split(/\r?\n/).includes(MARK) ?? false
  }

  /** @throws CommandError `configuration` for a file that cannot be written */
  write(options: Readonly<Record<string, string>>): void {
    const { path, title } = this
    inWords('written', path, () => writeOptions({ path, title, mark: MARK, isSecret: this.#isSecret }, options))
  }
}

function inWords<T>(done: 'read' | 'written', path: string, work: () => T): T {
  try {
    return work()
  } catch (error) {
    throw new CommandError(
      'configuration',
      `The profile cannot be ${done}: ${systemError(error, path)}. AWS_CONFIG_FILE and AWS_SHARED_CREDENTIALS_FILE name ` +
        'files elsewhere.',
      { cause: error },
    )
  }
}
