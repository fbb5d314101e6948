import type { SqlEngine } from '../engine.ts'

/**
 * The tables of words in SQLite had an option that only SQLite 3.43 and later read. Housekeeping fills the new ones,
 * as after 0022; names are found meanwhile.
 */
export const searchRemade = (engine: SqlEngine): string[] => engine.search.remade()
