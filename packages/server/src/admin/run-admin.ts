import { parseArgs } from 'node:util'
import { nearestOf } from '../domain/nearest-of.ts'
import { withoutPasswords } from '../domain/without-passwords.ts'
import type { AdminCommand, AdminOption, AdminOptions, AdminTools } from './command.ts'
import { adminCommands } from './commands.ts'

/** A command line that cannot be run; the message says what to do. */
export class UsageError extends Error {}

export interface AdminCall {
  /** The words that name the command: `key create`. */
  readonly name: string
  /** The names of the command's own options, without dashes. */
  readonly options: readonly string[]
  /** Does the work and returns what is printed, as `AdminCommand.run` does. */
  run(tools: AdminTools): unknown
  /** As `AdminCommand.seals`. */
  readonly seals: boolean
  /** Arguments that are settings rather than the command's own options. */
  readonly rest: readonly string[]
}

/**
 * Reads `NOUN VERB --options`, or `COMMAND --options`. Nothing is opened yet, so that a slip costs nothing.
 * @throws UsageError
 */
export function parseAdminCall(argv: readonly string[]): AdminCall {
  const { name, command, args } = findCommand(argv)
  const { given, rest } = splitOptions(args, command.options)
  const options = optionsOf(`berthd admin ${name}`, given)
  for (const [option, { required: must }] of Object.entries(command.options)) if (must) options.required(option)
  const { oneOf, notTogether = [] } = command
  if (notTogether.filter(option => given.has(option)).length > 1)
    throw new UsageError(`berthd admin ${name} takes no more than one of --${notTogether.join(', --')}.`)
  if (oneOf !== undefined && oneOf.filter(option => given.has(option)).length !== 1)
    throw new UsageError(
      `berthd admin ${name} needs either ${oneOf.map(option => `--${option}`).join(' or ')}, and no more than one.`,
    )
  return {
    name,
    rest,
    options: Object.keys(command.options),
    seals: command.seals === true,
    run: tools => command.run(tools, options),
  }
}

/** The options that were given, for a command that is typed as `name`. */
export const optionsOf = (name: string, given: ReadonlyMap<string, string>): AdminOptions => ({
  required(option) {
    const value = given.get(option)
    if (value === undefined) throw new UsageError(`${name} needs --${option}.`)
    return value
  },
  optional: option => given.get(option),
  given: option => given.has(option),
})

/**
 * The text of what may be typed behind a command's words: `--account ID [--primary]`. The choice that must be made
 * stands first.
 */
export function synopsis({ options, oneOf = [] }: Pick<AdminCommand, 'options' | 'oneOf'>): string {
  const choice = oneOf.length > 0 ? [oneOf.map(option => `--${option}`).join('|')] : []
  const others = Object.entries(options)
    .filter(([name]) => !oneOf.includes(name))
    .map(([name, option]) => (option.required ? typed(name, option) : `[${typed(name, option)}]`))
  return [...choice, ...others].join(' ')
}

/** `--account ID`, or `--primary`. */
export const typed = (name: string, { value }: AdminOption): string =>
  value === undefined ? `--${name}` : `--${name} ${value}`

/**
 * Parts a command's own options from the rest. Where the flags of settings are told, which all have values, words that
 * belong to no option are told apart, too; else they are in the rest.
 * @throws UsageError
 */
export function splitOptions(
  args: readonly string[],
  own: AdminCommand['options'],
  settings?: readonly string[],
): { given: Map<string, string>; rest: string[]; words: string[] } {
  const options = Object.fromEntries([
    ...(settings ?? []).map(name => [name, { type: 'string' } as const] as const),
    ...Object.entries(own).map(
      ([name, { value }]) => [name, { type: value === undefined ? 'boolean' : 'string' } as const] as const,
    ),
  ])
  const { tokens } = parseArgs({ args: [...args], options, strict: false, allowPositionals: true, tokens: true })
  const given = new Map<string, string>()
  const rest: string[] = []
  const words: string[] = []
  for (const token of tokens) {
    if (token.kind === 'option' && Object.hasOwn(own, token.name)) {
      const isSwitch = own[token.name]?.value === undefined
      // A name that follows is the next option: this one was left without its value.
      const isNext = !token.inlineValue && token.value?.startsWith('--')
      if (isNext || isSwitch !== (token.value === undefined))
        throw new UsageError(`--${token.name} ${isSwitch ? 'takes no' : 'needs a'} value.`)
      given.set(token.name, token.value ?? '')
    } else if (token.kind === 'option') rest.push(token.rawName, ...(token.value === undefined ? [] : [token.value]))
    else if (token.kind === 'positional') (settings === undefined ? rest : words).push(token.value)
  }
  return { given, rest, words }
}

/** @throws UsageError */
function findCommand(argv: readonly string[]): { name: string; command: AdminCommand; args: readonly string[] } {
  const dash = argv.findIndex(word => word.startsWith('-'))
  const [noun = '', verb = ''] = dash === -1 ? argv : argv.slice(0, dash)
  const name = `${noun} ${verb}`.trim()
  const command = Object.hasOwn(adminCommands, name) ? adminCommands[name] : undefined
  if (command === undefined) throw new UsageError(unknownCommand(noun, verb))
  return { name, command, args: argv.slice(name.split(' ').length) }
}

function unknownCommand(noun: string, verb: string): string {
  const verbs = Object.keys(adminCommands).filter(name => name.split(' ', 1)[0] === noun)
  const said = `${noun} ${verb}`.trim()
  const nearest = nearestOf(said, Object.keys(adminCommands))
  const told = said === '' ? 'No command was given' : `There is no command "${withoutPasswords(said)}"`
  if (verbs.length === 0 && nearest !== undefined)
    return `${told}. Did you mean ${nearest}? berthd help admin lists all commands.`
  const choices = verbs.length > 0 ? verbs : Object.keys(adminCommands)
  return `${told}; these are there: ${choices.join(', ')}.${nearest === undefined ? '' : ` Did you mean ${nearest}?`}`
}
