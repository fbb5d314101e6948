import type { GlobalValues } from '../argv/global-options.ts'
import type { Settings } from '../config/settings.ts'
import type { Environment } from '../environment.ts'
import type { Log } from '../log.ts'
import type { Query } from '../query/query.ts'

/** What every command is given. */
export type Context = {
  readonly options: GlobalValues
  readonly query: Query | undefined
  readonly settings: Settings
  readonly environment: Environment
  readonly log: Log
}
