import type { MetadataStore } from '../ports/metadata-store.ts'
import type { Accounts } from '../registry/access/accounts.ts'
import type { SigningKeys } from '../registry/access/signing-keys.ts'
import type { RegistryContext } from '../registry/context.ts'
import type { Storage } from '../registry/move/move.ts'
import type { Progress } from './progress.ts'

/** What the commands work with: the store itself, so that they need no running server. */
export interface AdminTools {
  readonly accounts: Accounts
  readonly signingKeys: SigningKeys
  readonly metadata: MetadataStore
  readonly context: RegistryContext
  readonly createOnPush: boolean
  readonly progress: Progress
  /** Where this registry is kept, in words for its operator. */
  readonly place: string
  /**
   * Opens other storage, by settings as flags of `berthd serve` with `to-` before their names; those that are not given
   * have their defaults.
   */
  readonly openStorage: (flags: readonly string[]) => Promise<Storage & AsyncDisposable>
}

/** What was given on the command line, by names without dashes. */
export interface AdminOptions {
  /** The option's text. @throws UsageError when it was not given */
  required(name: string): string
  optional(name: string): string | undefined
  /** Of a switch, or of an option with a text. */
  given(name: string): boolean
}

export interface AdminCommand {
  /** Option names with a word for their value, in brackets where it may be left out; no word makes a switch. */
  readonly options: Readonly<Record<string, string>>
  /** Switches of which exactly one must be given. */
  readonly oneOf?: readonly string[]
  readonly about: string
  /** It makes secrets that servers are to open, with the secret key that it is given. */
  readonly seals?: true
  /**
   * Returns what is printed, as JSON; an AsyncIterable is printed as it comes, a line of JSON for each.
   * `Unfinished` makes the exit code 1.
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
