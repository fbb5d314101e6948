import { readdirSync, statSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { service } from '@berth/model'
import { globalOptions } from '../../argv/global-options.ts'
import type { ArgumentSpec } from '../../argv/parse-arguments.ts'
import { ecrPublic } from '../ecr-public/ecr-public.ts'

/**
 * The candidates that the original's `aws_completer` gives, so that shells which are set up for that program may ask
 * berth instead. `candidates.ts` knows more: berth's own scripts ask there.
 */

/** What the original completes from the machine: profiles, and files below the home folder. */
interface Machine {
  readonly profiles: readonly string[]
  readonly home: string
}

/** A command line up to the cursor, as far as it can be understood. */
interface Reading {
  /** The commands, without the program's own name. */
  readonly commands: string[]
  readonly used: Set<string>
  readonly unknown: string[]
  /** The option that the word at the cursor is a value of. */
  option: string | undefined
  /** The word at the cursor, unless it is a command or an option already. */
  fragment: string | undefined
}

/** What may stand at the end of `line`; nothing where a part of the line is not understood. */
export function dropInCandidates(line: string, machine: Machine): string[] {
  const reading = read(line)
  return valuesOf(reading, machine) ?? namesOf(reading) ?? pathsOf(reading.fragment, machine.home) ?? []
}

function read(line: string): Reading {
  const words = line.split(/\s+/).filter(word => word !== '')
  if (/\s$/.test(line)) words.push('') // the cursor stands where a new word begins
  const reading: Reading = { commands: [], used: new Set(), unknown: [], option: undefined, fragment: undefined }
  /** The options that are known here; undefined behind a word that is no command. */
  let options: readonly ArgumentSpec[] | undefined = globalOptionsOfOriginal
  let at = 1
  while (at < words.length) {
    const word = words[at] ?? ''
    const last = at === words.length - 1
    at++
    if (word.startsWith('--')) {
      const spec = options?.find(({ name }) => name === word)
      if (spec) {
        reading.used.add(word)
        at = skipValues(spec, words, at, reading)
      } else if (options && last) reading.fragment = word
      else reading.unknown.push(word)
      continue
    }
    const names = commandsBelow(reading.commands)
    const isCommand = names.includes(word) && !(last && names.some(name => name !== word && name.startsWith(word)))
    if (isCommand) {
      reading.commands.push(word)
      options = optionsOf(reading.commands)
      continue
    }
    if (last) reading.fragment = word
    else reading.unknown.push(word)
    options = undefined
  }
  return reading
}

/**
 * Where the values of an option end, the first of which is at `from`. The last word is never skipped: it is being
 * typed.
 */
function skipValues(spec: ArgumentSpec, words: readonly string[], from: number, reading: Reading): number {
  // The original takes `--version` for an option with a value.
  reading.option = spec.arity === 'none' && spec.name !== '--version' ? undefined : spec.name
  const last = words.length - 1
  if (reading.option === undefined || from >= last) return from
  const isValue = (at: number) => !words[at]?.startsWith('--')
  if (spec.arity === 'many') {
    let end = from
    while (end < last && isValue(end)) end++
    if (!isValue(end)) reading.option = undefined
    return end
  }
  if (spec.arity === 'optional' && !isValue(from)) return from
  reading.option = undefined
  return from + 1
}

const globalOptionsOfOriginal = globalOptions.filter(({ exact }) => !exact)

/** The commands of the original that berth has, too. */
const COMMANDS: readonly string[] = [service.cliName, 'configure']
const operations = ecrPublic.commands ?? []

function commandsBelow([command, ...more]: readonly string[]): readonly string[] {
  if (command === undefined) return COMMANDS
  return command === service.cliName && more.length === 0 ? operations.map(each => each.name) : []
}

function optionsOf([command, name = '']: readonly string[]): readonly ArgumentSpec[] {
  const operation = command === service.cliName ? operations.find(each => each.name === name) : undefined
  return [...(operation?.options?.() ?? []), ...globalOptionsOfOriginal]
}

const startingWith = (names: readonly string[], begin: string) => names.filter(name => name.startsWith(begin))

/** The values of the option at the cursor: the original knows those of two options. */
function valuesOf({ option, fragment, commands }: Reading, { profiles }: Machine): string[] | undefined {
  if (fragment === undefined) return undefined
  if (option === '--profile') return startingWith(profiles, fragment)
  if (option === '--region') return startingWith(commands.length > 1 ? SERVICE_REGIONS : REGIONS, fragment)
  return undefined
}

/** The names of commands that may follow, or of options where no command may. */
function namesOf({ commands, used, unknown, option, fragment }: Reading): string[] | undefined {
  const options = () =>
    optionsOf(commands)
      .map(({ name }) => name)
      .filter(name => !used.has(name))
  // Paths may stand among the options of some commands.
  if (unknown.length > 0 && unknown.every(word => /[./\\:]|--/.test(word))) {
    return startingWith(options(), fragment || (commands.at(-1) ?? 'aws'))
  }
  if (unknown.length > 0 || fragment === undefined || option !== undefined) return undefined
  const below = fragment.startsWith('--') ? [] : commandsBelow(commands)
  return startingWith(below.length > 0 ? below : options(), fragment)
}

/** The files that a `file://` may mean; folders end with a slash. */
function pathsOf(fragment: string | undefined, home: string): string[] | undefined {
  const [, prefix, path] = /^(fileb?:\/\/)(.*)$/s.exec(fragment ?? '') ?? []
  if (prefix === undefined || path === undefined) return undefined
  if (path === '~') return [`${prefix}~/`]
  const folder = path.includes('/') ? dirname(`${path}.`) : ''
  const place = folder.replace(/^~(?=\/|$)/, home) || '.'
  const names = startingWith(namesIn(place), path.endsWith('/') ? '' : basename(path))
  return names.map(name => `${prefix}${folder}${folder === '' || folder === '/' ? '' : '/'}${name}`)
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder)
      .sort()
      .map(name => (isFolder(join(folder, name)) ? `${name}/` : name))
  } catch {
    return []
  }
}

const isFolder = (path: string) => statSync(path, { throwIfNoEntry: false })?.isDirectory() === true

const SERVICE_REGIONS = ['us-east-1', 'us-west-2']

/** The regions of AWS's commercial partition, in the version of the original that was recorded. */
const REGIONS = [
  'af-south-1',
  'ap-east-1',
  'ap-northeast-1',
  'ap-northeast-2',
  'ap-northeast-3',
  'ap-south-1',
  'ap-south-2',
  'ap-southeast-1',
  'ap-southeast-2',
  'ap-southeast-3',
  'ap-southeast-4',
  'ca-central-1',
  'eu-central-1',
  'eu-central-2',
  'eu-north-1',
  'eu-south-1',
  'eu-south-2',
  'eu-west-1',
  'eu-west-2',
  'eu-west-3',
  'me-central-1',
  'me-south-1',
  'sa-east-1',
  'us-east-1',
  'us-east-2',
  'us-west-1',
  'us-west-2',
]
