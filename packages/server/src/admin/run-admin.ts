import { parseArgs } from 'node:util'
import { withoutPasswords } from '../domain/without-passwords.ts'
import type { AdminCommand, AdminOptions, AdminTools } from './command.ts'
import { adminCommands } from './commands.ts'

/** A command line that cannot be run; the message says what to do. */
export class UsageError extends Error {}

export interface AdminCall {
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
  const required = (option: string) => {
    const value = given.get(option)
    if (value === undefined) throw new UsageError(`berthd admin ${name} needs --${option}.`)
    return value
  }
  for (const [option, word] of Object.entries(command.options)) if (!mayBeLeftOut(word)) required(option)
  const { oneOf } = command
  if (oneOf !== undefined && oneOf.filter(option => given.has(option)).length !== 1)
    throw new UsageError(`berthd admin ${name} needs either ${oneOf.map(option => `--${option}`).join(' or ')}.`)
  const options: AdminOptions = {
    required,
    optional: option => given.get(option),
    given: option => given.has(option),
  }
  return { run: tools => command.run(tools, options), seals: command.seals === true, rest }
}

/** One line for each command, for help. */
export function adminHelp(): string {
  return Object.entries(adminCommands)
    .map(([name, { options, oneOf = [], about }]) => {
      const choice = oneOf.length > 0 ? [oneOf.map(option => `--${option}`).join('|')] : []
      const others = Object.entries(options).filter(([option]) => !oneOf.includes(option))
      const words = [
        ...choice,
        ...others.map(([option, word]) => {
          const text = `--${option} ${word.replace(/^\[|\]$/g, '')}`.trim()
          return mayBeLeftOut(word) ? `[${text}]` : text
        }),
      ]
      return `  berthd admin ${[name, ...words].join(' ')}\n      ${about}`
    })
    .join('\n')
}

const mayBeLeftOut = (word: string): boolean => word === '' || word.startsWith('[')

function splitOptions(
  args: readonly string[],
  own: Readonly<Record<string, string>>,
): { given: Map<string, string>; rest: string[] } {
  const options = Object.fromEntries(
    Object.entries(own).map(([name, value]) => [name, { type: value === '' ? 'boolean' : 'string' } as const]),
  )
  const { tokens } = parseArgs({ args: [...args], options, strict: false, allowPositionals: true, tokens: true })
  const given = new Map<string, string>()
  const rest: string[] = []
  for (const token of tokens) {
    if (token.kind === 'option' && Object.hasOwn(own, token.name)) {
      const isSwitch = own[token.name] === ''
      if (isSwitch !== (token.value === undefined))
        throw new UsageError(`--${token.name} ${isSwitch ? 'takes no' : 'needs a'} value.`)
      given.set(token.name, token.value ?? '')
    } else if (token.kind === 'option') rest.push(token.rawName, ...(token.value === undefined ? [] : [token.value]))
    else if (token.kind === 'positional') rest.push(token.value)
  }
  return { given, rest }
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
  const choices = verbs.length > 0 ? verbs : Object.keys(adminCommands)
  const said = withoutPasswords(`${noun} ${verb}`.trim())
  return `${said === '' ? 'No command was given' : `There is no command "${said}"`}; these are there: ${choices.join(', ')}.`
}
