import type { Exceptions } from './exceptions.ts'
import type { Findings } from './rules.ts'

/** What has to be mended. */
export interface Faults {
  /** Findings that no exception names. */
  readonly broken: readonly string[]
  /** Exceptions that name no finding. */
  readonly unneeded: readonly string[]
}

const quote = (text: string) => text.replace(/[\\^$.|?+()[\]{}]/g, '\\$&')

/** Compares findings with exceptions. `*` in the subject of an exception stands for anything. */
export function judge(findings: Findings, exceptions: Exceptions): Faults {
  const found = Object.entries(findings).flatMap(([rule, subjects]) => subjects.map(subject => `${rule}: ${subject}`))
  const allowed = Object.entries(exceptions).flatMap(([rule, groups]) =>
    groups.flatMap(({ subjects }) => subjects.map(subject => `${rule}: ${subject}`)),
  )
  const names = (exception: string, finding: string) =>
    new RegExp(`^${exception.split('*').map(quote).join('.*')}$`).test(finding)
  return {
    broken: found.filter(finding => !allowed.some(exception => names(exception, finding))),
    unneeded: allowed.filter(exception => !found.some(finding => names(exception, finding))),
  }
}
