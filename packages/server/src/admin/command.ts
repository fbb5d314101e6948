import type { HeldStore } from '../ports/held-store.ts'
import type { MetadataStore } from '../ports/metadata-store.ts'
import type { Accounts } from '../registry/access/accounts.ts'
import type { SigningKeys } from '../registry/access/signing-keys.ts'
import type { RegistryContext } from '../registry/context.ts'
import type { Storage } from '../registry/move/move-target.ts'
import type { Progress } from './progress.ts'

/** The tools that the commands work with: the store itself, so that no server need run. */
export interface AdminTools {
  readonly accounts: Accounts
  readonly signingKeys: SigningKeys
  readonly metadata: MetadataStore
  readonly context: RegistryContext
  readonly createOnPush: boolean
  readonly progress: Progress
  /**
   * Prints a secret that is shown this once, before it is in force.
   * @throws SecretNotShown where it cannot be printed
   */
  readonly showSecret: (answer: unknown) => Promise<void>
  /** Holds the store for work that may only be done while no server holds it. @throws StoreHeld */
  readonly holdStore: () => Promise<HeldStore>
  /** Where this registry is kept, in words for its operator. */
  readonly place: string
  /**
   * Opens other storage, by settings as flags of `berthd serve` with `to-` before their names. Settings that are not
   * given have their defaults.
   */
  readonly openStorage: (flags: readonly string[]) => Promise<Storage & AsyncDisposable>
}

/** The options that were given on the command line. Names have no dashes. */
export interface AdminOptions {
  /** The option's text. @throws UsageError when it was not given */
  required(name: string): string
  optional(name: string): string | undefined
  /** Whether a switch, or an option with a text, was given. */
  given(name: string): boolean
}

/** An option of a command, as it is parsed and as help tells of it. */
export interface AdminOption {
  /** The word that stands for the value in help: `ID`. An option without one is a switch. */
  readonly value?: string
  /** What the option says, in one sentence. */
  readonly about: string
  /** Whether the command is refused without the option. */
  readonly required?: true
  /** What counts where the option is not given, in words or as the value itself. */
  readonly fallback?: string
}

/** A command of `berthd admin`: the data that is parsed by, run, and printed as help and as a page of the manual. */
export interface AdminCommand {
  /** The command's options, by their names without dashes. */
  readonly options: Readonly<Record<string, AdminOption>>
  /** Switches of which exactly one must be given. */
  readonly oneOf?: readonly string[]
  /** Switches of which no two go together. */
  readonly notTogether?: readonly string[]
  /** What the command does, in one sentence, which stands in the list of commands too. */
  readonly about: string
  /** Command lines to paste, each whole. */
  readonly examples: readonly string[]
  /** Whether the command makes secrets that servers are to open. They are sealed with the secret key that is given. */
  readonly seals?: true
  /**
   * Does the work and returns what is printed, as JSON. An AsyncIterable is printed as it comes, a line of JSON for
   * each item. `Unfinished` makes the exit code 1. Undefined is not printed.
   */
  run(tools: AdminTools, options: AdminOptions): unknown
}

/** An answer that is printed like any other, while the exit code says that something is left to do. */
export class Unfinished {
  readonly answer: unknown

  constructor(answer: unknown) {
    this.answer = answer
  }
}
