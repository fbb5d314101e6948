import { parseArgs } from 'node:util'
import { type AdminOptions, type AdminTools, adminCommands } from './commands.ts'

/** A command line that cannot be run; the message says what to do. */
export class UsageError extends Error {}

export interface AdminCall {
  /** Does the work and returns what is printed. */
  run(tools: AdminTools): Promise<unknown>
  /** Arguments that are settings rather than the command's own options. */
  readonly rest: readonly string[]
}

/**
 * Reads `NOUN VERB --options`. Nothing is opened yet, so that a slip costs nothing.
 * @throws UsageError
 */
export function parseAdminCall(argv: readonly string[]): AdminCall {
  const [noun = '', verb = '', ...args] = argv
  const command = adminCommands[`${noun} ${verb}`]
  if (command === undefined) throw new UsageError(unknownCommand(noun, verb))
  const { given, rest } = splitOptions(args, command.options)
  const required = (name: string) => {
    const value = given.get(name)
    if (value === undefined) throw new UsageError(`berthd admin ${noun} ${verb} needs --${name}.`)
    return value
  }
  for (const [name, word] of Object.entries(command.options)) if (!mayBeLeftOut(word)) required(name)
  const options: AdminOptions = {
    required,
    optional: name => given.get(name),
    given: name => given.has(name),
  }
  return { run: tools => command.run(tools, options), rest }
}

/** One line for each command, for help. */
export function adminHelp(): string {
  return Object.entries(adminCommands)
    .map(([name, { options, about }]) => {
      const words = Object.entries(options).map(([option, word]) => {
        const text = `--${option} ${word.replace(/^\[|\]$/g, '')}`.trim()
        return mayBeLeftOut(word) ? `[${text}]` : text
      })
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

function unknownCommand(noun: string, verb: string): string {
  const verbs = Object.keys(adminCommands).filter(name => name.startsWith(`${noun} `))
  const choices = verbs.length > 0 ? verbs : Object.keys(adminCommands)
  const said = `${noun} ${verb}`.trim()
  return `${said === '' ? 'No command was given' : `There is no command "${said}"`}; these are there: ${choices.join(', ')}.`
}
