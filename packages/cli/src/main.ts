import { type GlobalValues, globalOptions, globalValues } from './argv/global-options.ts'
import { type ArgumentSpec, parseArguments } from './argv/parse-arguments.ts'
import { chooseAutoPrompt } from './auto-prompt/choose-auto-prompt.ts'
import { timeoutSeconds } from './client/client.ts'
import { requireScheme } from './client/endpoint.ts'
import { commands } from './commands/command-table.ts'
import { HELP, runCommand } from './commands/run-command.ts'
import { expandAlias, readAliases, runShell } from './config/aliases.ts'
import { type Profiles, readProfiles } from './config/profiles.ts'
import { createSettings } from './config/settings.ts'
import { type Environment, ReaderGone } from './environment.ts'
import { CommandError, exitCodes, frame } from './errors.ts'
import { createLog } from './log.ts'
import type { Query } from './query/query.ts'
import { version } from './version.ts'

/** Runs one command line and returns the exit code. Whatever goes wrong is told on stderr. */
export async function main(argv: readonly string[], environment: Environment): Promise<number> {
  try {
    const profiles = readProfiles(environment)
    const mode = chooseAutoPrompt(argv, environment, profiles)
    if (mode === 'on') return await prompt(argv, environment, profiles)
    if (mode === 'off') return await run(argv, environment, profiles)
    try {
      return await run(argv, environment, profiles)
    } catch (error) {
      if (error instanceof CommandError && error.kind === 'usage') return await prompt(argv, environment, profiles)
      throw error
    }
  } catch (error) {
    return report(error, argv, environment)
  }
}

/** Lets the person complete the command line, and runs what comes of it. */
async function prompt(argv: readonly string[], environment: Environment, profiles: Profiles): Promise<number> {
  const { autoPrompt } = await import('./auto-prompt/auto-prompt.ts')
  const completed = await autoPrompt(argv, environment, { profiles, commands })
  return completed === undefined ? exitCodes.interrupted : run(completed, environment, profiles)
}

async function run(given: readonly string[], environment: Environment, profiles: Profiles): Promise<number> {
  const aliases = readAliases(environment)
  const expansion = expandAlias(withoutShellWords(given), aliases.get('toplevel'), commandOf)
  if ('shell' in expansion) return runShell(expansion.shell)
  const argv = expansion.words
  if (argv.some(word => word === '--help' || word === '-h')) return help(argv, environment)

  const { values, rest } = parseArguments([...globalOptions.map(ending), COMMAND], argv)
  if (values.get(VERSION) === true) {
    environment.stdout.write(`berth/${version} ${runtime()} ${process.platform}/${process.arch}\n`)
    return exitCodes.ok
  }
  const options = globalValues(values)
  const log = createLog(options.debug, environment.stderr)
  log('main', `berth/${version} with arguments ${JSON.stringify(withoutSecrets(argv))}`)
  const query = await queryOf(options)
  checkGlobals(options)

  const settings = createSettings(profiles, environment, options.profile)
  const context = { options, query, settings, aliases, environment, log }
  const command = await commands.find(({ name }) => name === values.get(COMMAND.key))?.load()
  return command ? runCommand(command, rest, context) : help(rest, environment)
}

/** The version is told at the moment the parser meets the option, whatever else is wrong behind it. */
const VERSION = 'version'
const ending = (option: ArgumentSpec): ArgumentSpec => (option.key === VERSION ? { ...option, ends: true } : option)

const ANY_COMMAND: ArgumentSpec = { name: 'command', key: 'command', arity: 'one' }
const COMMAND: ArgumentSpec = { ...ANY_COMMAND, choices: [...commands.map(({ name }) => name), HELP] }

function commandOf(argv: readonly string[]): string | undefined {
  const command = parseArguments([...globalOptions, { ...ANY_COMMAND, required: false }], argv).values.get('command')
  return typeof command === 'string' ? command : undefined
}

/**
 * Shells add the words at the cursor to a request for completions. COMP_LINE has these words too, and they are no
 * options.
 */
const withoutShellWords = (argv: readonly string[]) =>
  argv[0] === 'completion' && /^(?:candidates|suggestions)$/.test(argv[1] ?? '') ? argv.slice(0, 2) : argv

async function queryOf({ query }: GlobalValues): Promise<Query | undefined> {
  if (query === undefined) return undefined
  const { compileQuery } = await import('./query/query.ts')
  return compileQuery(query)
}

/** Checks the global options, as the original does before it looks at the operation. */
function checkGlobals(options: GlobalValues): void {
  if (options.endpointUrl !== undefined) requireScheme(options.endpointUrl)
  timeoutSeconds(options.readTimeout)
  timeoutSeconds(options.connectTimeout)
}

async function help(argv: readonly string[], environment: Environment): Promise<number> {
  const { showHelp } = await import('./commands/help/show-help.ts')
  return showHelp(argv, commands, environment)
}

/** The arguments for the log: without passwords in URLs, and without the bytes of binary parameters. */
const withoutSecrets = (argv: readonly string[]) =>
  argv.map(word => word.replace(/\/\/[^/@\s]*@/, '//').replace(/^(.{200}).{800,}$/s, '$1…'))

function report(error: unknown, argv: readonly string[], { stderr }: Environment): number {
  if (error instanceof ReaderGone) return exitCodes.ok
  const debug = argv.includes('--debug')
  if (error instanceof CommandError) {
    if (debug) stderr.write(`${error.stack ?? error.message}\n`)
    stderr.write(frame(error.message))
    return error.exitCode
  }
  const unexpected = error instanceof Error ? error : new Error(String(error))
  if (debug) stderr.write(`${unexpected.stack ?? unexpected.message}\n`)
  stderr.write(frame(unexpected.message))
  return exitCodes.general
}

/** The runtime of this program. The executable tells a version of Node, too: the one that its own runtime is like. */
function runtime(): string {
  const { bun, node } = process.versions
  return bun === undefined ? `Node.js/${node}` : `Bun/${bun}`
}
