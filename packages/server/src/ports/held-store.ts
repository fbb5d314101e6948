import type { Rows } from './metadata-store.ts'

/** A store that no server holds; where no others share it, none can begin to until this is disposed of. */
export interface HeldStore extends Disposable {
  /** To be asked in each transaction that relies on it. Throws once a server has come. */
  readonly check: (rows: Rows) => Promise<void>
}
