/** The exit codes of AWS CLI v2. */
export const exitCodes = {
  ok: 0,
  /** Ctrl-C. */
  interrupted: 130,
  /** Arguments that cannot be understood, or parameters that are not valid. */
  usage: 252,
  /** The configuration lacks something, or a value of it is not valid. */
  configuration: 253,
  /** The service answered with an error. */
  service: 254,
  /** Anything else. */
  general: 255,
} as const

type Kind = Exclude<keyof typeof exitCodes, 'ok'>

const USAGE = `usage: berth [options] <command> <subcommand> [<subcommand> ...] [parameters]
To see help text, you can run:

  berth help
  berth <command> help
  berth <command> <subcommand> help
`

/** What ends a command early: a message for a person, and a kind that decides the exit code. */
export class CommandError extends Error {
  readonly kind: Kind
  /** The service's own name for the error, where it sent one. */
  readonly code: string | undefined
  constructor(kind: Kind, message: string, options?: ErrorOptions & { readonly code?: string }) {
    super(message, options)
    this.name = 'CommandError'
    this.kind = kind
    this.code = options?.code
  }

  get exitCode(): number {
    return exitCodes[this.kind]
  }
}

/** The error for a command line that the parser refuses. As in argparse, the usage stands before it. */
export const argumentError = (message: string): CommandError =>
  new CommandError('usage', `${USAGE}\nberth: error: ${message}\n`)

/** The error for unknown options. `suggestions` is what `suggestOptions` makes of them. */
export const unknownOptions = (options: readonly string[], suggestions = ''): CommandError =>
  new CommandError('usage', `${USAGE}\nUnknown options: ${options.join(', ')}${suggestions}\n`)

/** The error for a parameter whose text cannot be read. `name` is the option with its dashes. */
export const parameterError = (name: string, reason: string): CommandError =>
  new CommandError('usage', `Error parsing parameter '${name}': ${reason}`)

/** An error as it stands on stderr, between two line ends. */
export const frame = (message: string): string => `\n${message}\n`
