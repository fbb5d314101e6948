import type { Output } from './environment.ts'

/** Notes one step for `--debug`; what it is given must not hold secrets. */
export type Log = (part: string, message: string) => void

/** Lines in the form of the original's, or nothing at all without `--debug`. */
export function createLog(enabled: boolean, stderr: Output): Log {
  if (!enabled) return () => {}
  return (part, message) => {
    const time = new Date().toISOString().replace('T', ' ').replace('.', ',').replace('Z', '')
    stderr.write(`${time} - MainThread - berth.${part} - DEBUG - ${message}\n`)
  }
}
