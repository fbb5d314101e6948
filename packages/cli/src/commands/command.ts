import type { Operation, ServiceNames } from '@berth/model'
import type { GlobalValues } from '../argv/global-options.ts'
import type { ArgumentSpec } from '../argv/parse-arguments.ts'
import type { Section } from '../config/parse-ini.ts'
import type { Settings } from '../config/settings.ts'
import type { Environment } from '../environment.ts'
import type { Log } from '../log.ts'
import type { Query } from '../query/query.ts'
import type { Page } from './help/layout.ts'

/** What every command is given. */
export interface Context {
  readonly options: GlobalValues
  readonly query: Query | undefined
  readonly settings: Settings
  /** The sections of the file of aliases. */
  readonly aliases: ReadonlyMap<string, Section>
  readonly environment: Environment
  readonly log: Log
}

/** What a command comes to: its exit code, or `help` where its page was asked for. */
export type Outcome = number | 'help'

/** One command, below `berth` or below another command. */
export interface Command {
  readonly name: string
  /** What the command is for, as the list of commands says it. */
  readonly summary: string
  /** The command's own options, as completion offers them. */
  readonly options?: () => readonly ArgumentSpec[]
  /** The commands below, one of which must follow. */
  readonly commands?: readonly Command[]
  /** Other words that may follow. */
  readonly words?: readonly string[]
  /** What lists the images that the command may name. Absent where those are the images of a repository. */
  readonly imagesFrom?: ImageListing
  readonly page: () => Promise<Page>
  /** Runs the command. @throws CommandError */
  readonly run: (argv: readonly string[], context: Context) => Promise<Outcome>
}

export interface ImageListing {
  readonly operation: Operation
  readonly service: ServiceNames
  /** The member of the answer that the images are in. */
  readonly resultKey: string
}

/** A command of the program, which is loaded when it is wanted. */
export interface CommandEntry {
  readonly name: string
  /** Whom the command asks: any registry, berth's servers alone, or nobody. */
  readonly asks: 'registries' | 'berth' | 'nobody'
  readonly load: () => Promise<Command>
}
