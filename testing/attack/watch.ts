import { readdirSync, readFileSync } from 'node:fs'

/** What a process has taken at most: memory since it began, in MiB, and open files while it was watched. */
export interface Peak {
  readonly mib: number
  readonly files: number
}

const EVERY_MS = 100

/** Watches a process of this machine until `stop` is called. Linux only. */
export function watch(pid: number): { readonly stop: () => Peak } {
  let files = 0
  const look = () => {
    files = Math.max(files, readdirSync(`/proc/${pid}/fd`).length)
  }
  const timer = setInterval(look, EVERY_MS)
  return {
    stop() {
      clearInterval(timer)
      look()
      const [, kib = 'NaN'] = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? []
      return { mib: Number(kib) / 1024, files }
    },
  }
}
