import type { Settings } from '../config/settings.ts'
import type { Environment } from '../environment.ts'
import type { Transport } from '../http/send.ts'
import type { Credentials } from '../http/sign.ts'

/** What decides where credentials are looked for. */
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
 * Hands out keys: keys at hand, or keys that another service gives for them. A provider is asked before each request,
 * and remembers what it got.
 * @throws CommandError
 */
export type CredentialProvider = (access: ServiceAccess) => Promise<Credentials>
