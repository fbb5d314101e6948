import { STEPS } from './migrate.ts'

/** The tables of the library that takes the steps, which it makes before the first one. */
export const OF_STEPS: readonly string[] = ['kysely_migration', 'kysely_migration_lock']
/** The table of the steps that were taken. */
export const TAKEN_STEPS = 'kysely_migration'
/** Tables that a refusal names. */
const NAMED = 3

/** Whose database it is: `nobody` has made tables in it yet. */
export type DatabaseOwner = 'nobody' | 'berth' | 'others'

/** Tells whose database it is by the names of its tables and of the steps that were taken. */
export function ownerOf(tables: readonly string[], steps: readonly string[]): DatabaseOwner {
  if (steps.some(step => Object.hasOwn(STEPS, step))) return 'berth'
  return steps.length === 0 && tables.every(table => OF_STEPS.includes(table)) ? 'nobody' : 'others'
}

/** The first of some names, for a sentence. */
export function someOf(names: readonly string[]): string {
  const shown = names.slice(0, NAMED).join(', ')
  return names.length > NAMED ? `${shown} and ${names.length - NAMED} more` : shown
}
