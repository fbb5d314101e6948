import type { Settings } from '../config/settings.ts'
import type { Environment } from '../environment.ts'
import type { Transport } from '../http/send.ts'
import type { Credentials } from '../http/sign.ts'

/** What the search for credentials goes by. */
export interface Search {
  readonly settings: Settings
  readonly environment: Environment
  /** Whether `--profile` is on the command line. Then the environment's keys do not count. */
  readonly profileFlag: boolean
}

/** How other services are reached, where keys must be asked for. */
export interface ServiceAccess {
  readonly region: string
  readonly transport: Transport
}

/**
 * Hands out keys: those at hand, or those that another service gives for them. It is asked before each request, and
 * remembers what it got.
 * @throws CommandError
 */
export type CredentialProvider = (access: ServiceAccess) => Promise<Credentials>
