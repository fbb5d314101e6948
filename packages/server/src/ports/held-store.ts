import type { Rows } from './metadata-store.ts'

/**
 * A store that no server holds. Where no other machine shares it, no server can begin to hold it until this is disposed
 * of.
 */
export interface HeldStore extends Disposable {
  /** Call it in each transaction that relies on the hold. @throws once a server has come */
  readonly check: (rows: Rows) => Promise<void>
}
