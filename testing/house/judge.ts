import type { Exceptions } from './exceptions.ts'
import type { Findings } from './rules.ts'

/** What has to be mended. */
export interface Faults {
  /** Findings that no exception names. */
  readonly broken: readonly string[]
  /** Exceptions that name no finding. */
  readonly unneeded: readonly string[]
}

export function judge(findings: Findings, exceptions: Exceptions): Faults {
  const [found, allowed] = [lines(findings), lines(subjectsOf(exceptions))]
  return {
    broken: [...found].filter(each => !allowed.has(each)),
    unneeded: [...allowed].filter(each => !found.has(each)),
  }
}

const subjectsOf = (exceptions: Exceptions): Findings =>
  Object.fromEntries(
    Object.entries(exceptions).map(([rule, groups]) => [rule, groups.flatMap(({ subjects }) => subjects)]),
  )

const lines = (byRule: Findings) =>
  new Set(Object.entries(byRule).flatMap(([rule, subjects]) => subjects.map(subject => `${rule}: ${subject}`)))
