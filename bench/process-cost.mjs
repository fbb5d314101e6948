// What a server process has cost so far, as Linux counts it.

import { execFileSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { groupsOf } from './groups-of.mjs'

const TICKS_PER_SECOND = Number(execFileSync('getconf', ['CLK_TCK']))

/** CPU seconds of all the process's threads, in user and kernel mode. */
export function cpuSeconds(pid) {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ') // the name before may hold blanks
  return (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND
}

/** The most memory that was resident at any one time, in MiB, since the start or `forgetPeak`. */
export function peakMib(pid) {
  const [kib] = groupsOf(/^VmHWM:\s+(\d+) kB$/m, readFileSync(`/proc/${pid}/status`, 'utf8'))
  return Number(kib) / 1024
}

export function forgetPeak(pid) {
  writeFileSync(`/proc/${pid}/clear_refs`, '5')
}
