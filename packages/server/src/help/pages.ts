import type { AdminCommand } from '../admin/command.ts'
import { adminCommands } from '../admin/commands.ts'
import { synopsis, typed, UsageError } from '../admin/run-admin.ts'
import { flagOf, type Setting, type SettingPath, settingPaths, settings, variableOf } from '../config/settings.ts'
import { nearestOf } from '../domain/nearest-of.ts'
import { withoutPasswords } from '../domain/without-passwords.ts'
import { type ProgramCommand, programCommands } from './program-commands.ts'

/** A page of help: the data that `--help` prints and that pages of the manual are made of. */
export interface HelpPage {
  /** What is typed, without options: `berthd admin key create`. */
  readonly name: string
  /** What the command does, in one sentence. */
  readonly about: string
  /** The forms that may be typed, a line each. */
  readonly usage: readonly string[]
  /** The commands below this one, or those of this group. */
  readonly commands: readonly HelpEntry[]
  readonly options: readonly HelpEntry[]
  /** The settings that count here, and a sentence about them. Both are empty where no setting counts. */
  readonly settings: readonly HelpEntry[]
  readonly settingsAbout: string
  /** Command lines to paste. */
  readonly examples: readonly string[]
}

/** A line of help: what is typed, what it means, and what counts where it is not given. */
export interface HelpEntry {
  readonly typed: string
  readonly about: string
  readonly isRequired?: boolean
  readonly fallback?: string | undefined
}

const SETTINGS = '[--SETTING VALUE ...]'
const ALL_ABOUT =
  'Settings, as a flag, as an environment variable and in the file that --config or BERTH_CONFIG names (YAML or JSON):'
const PLACE_ABOUT = 'Settings, which say where the registry is; berthd help serve has all of them:'
/** The settings by which `berthd admin` finds a registry. */
const PLACE: readonly SettingPath[] = ['dataDir', 'database', 'blobs', 'secretKeyFile', 'secretKey']

/** The page of the whole program: its commands, and every setting. */
export const programPage = (version: string): HelpPage => ({
  ...page(
    'berthd',
    `berthd ${version}: a public container registry that speaks OCI Distribution v1.1 and the Amazon ECR Public API.`,
  ),
  usage: ['berthd [COMMAND] [--OPTION ...]', 'berthd help COMMAND', 'berthd COMMAND --help'],
  commands: Object.entries(programCommands).map(([name, command]) => ({
    typed: `berthd ${[name, command.usage].join(' ').trim()}`,
    about: command.about,
  })),
  ...everySetting(),
})

/** The page of the command that the words name, such as `admin key create`. @throws UsageError where they name none */
export function findPage(words: readonly string[], version: string): HelpPage {
  const [first, ...rest] = words
  if (first === undefined) return programPage(version)
  if (first === 'admin') return adminPage(rest)
  const command = Object.hasOwn(programCommands, first) ? programCommands[first] : undefined
  if (command !== undefined) return commandPage(first, command)
  // The words say what is to be done, and may leave out the group of commands: berthd help key create.
  return isAdmin(words) ? adminPage(words) : refuse(words)
}

/** Every page but that of the program, in the order of help. */
export const everyPage = (version: string): HelpPage[] => [
  ...Object.keys(programCommands).map(name => findPage([name], version)),
  ...Object.keys(adminCommands).map(name => findPage(['admin', ...name.split(' ')], version)),
]

/** Refuses words that name no command. @throws UsageError that names the nearest command */
export function refuse(words: readonly string[]): never {
  const said = words.join(' ')
  const names = [...Object.keys(programCommands), ...Object.keys(adminCommands).map(name => `admin ${name}`)]
  const nearest = nearestOf(said, names) ?? nearestOf(`admin ${said}`, names) ?? nearestOf(words[0] ?? '', names)
  throw new UsageError(
    `There is no command "${withoutPasswords(said)}"; these are there: ${Object.keys(programCommands).join(', ')}.` +
      (nearest === undefined ? '' : ` Did you mean berthd ${nearest}?`),
  )
}

const page = (name: string, about: string) => ({
  name,
  about,
  usage: [name],
  settingsAbout: '',
  commands: [],
  options: [],
  settings: [],
  examples: [],
})

function commandPage(name: string, { usage, about, examples, takesSettings, options = {} }: ProgramCommand): HelpPage {
  const typedName = `berthd ${name}`
  return {
    ...page(typedName, about),
    usage: [`${typedName} ${usage}`.trim()],
    options: optionEntries(options),
    examples,
    ...(takesSettings === 'all' && everySetting()),
    ...(takesSettings === 'place' && placeSettings()),
  }
}

function adminPage(words: readonly string[]): HelpPage {
  const name = words.slice(0, 2).join(' ')
  const command = Object.hasOwn(adminCommands, name) ? adminCommands[name] : undefined
  if (command !== undefined) return adminCommandPage(name, command)
  if (name !== '' && !isAdmin(words)) return refuse(['admin', ...words.slice(0, 2)])
  const named = Object.entries(adminCommands).filter(([each]) => name === '' || each.split(' ', 1)[0] === words[0])
  if (words.length > 1) return refuse(['admin', ...words.slice(0, 2)])
  return {
    ...page(`berthd admin ${name}`.trim(), programCommands['admin']?.about ?? ''),
    usage: [`berthd admin ${name === '' ? 'COMMAND' : `${name} COMMAND`} [--OPTION ...] ${SETTINGS}`],
    commands: named.map(([each, about]) => entryOf(each, about)),
    ...placeSettings(),
    examples: named.slice(0, 1).flatMap(([, { examples }]) => examples),
  }
}

const entryOf = (name: string, command: AdminCommand): HelpEntry => ({
  typed: `berthd admin ${name} ${synopsis(command)}`.trim(),
  about: command.about,
})

const isAdmin = ([noun, verb]: readonly string[]) =>
  Object.keys(adminCommands).some(
    name => name === `${noun} ${verb}` || (verb === undefined && name.split(' ', 1)[0] === noun),
  )

function adminCommandPage(name: string, command: AdminCommand): HelpPage {
  return {
    ...page(`berthd admin ${name}`, command.about),
    usage: [`${entryOf(name, command).typed} ${SETTINGS}`],
    commands: Object.entries(adminCommands)
      .filter(([each]) => each.startsWith(`${name} `))
      .map(([each, below]) => entryOf(each, below)),
    options: optionEntries(command.options),
    ...placeSettings(),
    examples: command.examples,
  }
}

const optionEntries = (options: AdminCommand['options']): HelpEntry[] =>
  Object.entries(options).map(([option, { value, about, required, fallback }]) => ({
    typed: typed(option, { about, ...(value !== undefined && { value }) }),
    about,
    fallback,
    isRequired: required === true,
  }))

const everySetting = () => ({
  settings: [CONFIG, ...settingPaths.map(settingEntry)],
  settingsAbout: ALL_ABOUT,
})

const placeSettings = () => ({ settings: [CONFIG, ...PLACE.map(settingEntry)], settingsAbout: PLACE_ABOUT })

const CONFIG: HelpEntry = { typed: '--config, BERTH_CONFIG', about: 'file that has settings' }

function settingEntry(path: SettingPath): HelpEntry {
  const { about, fallback }: Setting = settings[path]
  return {
    typed: `--${flagOf(path)}, ${variableOf(path)}, ${path}`,
    about,
    fallback: fallback === undefined ? undefined : String(fallback),
  }
}
