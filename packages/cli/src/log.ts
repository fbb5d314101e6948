import type { Output } from './environment.ts'

/** Notes one step for `--debug`. Callers give it no secrets. */
export type Log = (part: string, message: string) => void

/** Makes a log of lines in the original's form; without `--debug` it writes nothing. */
export function createLog(enabled: boolean, stderr: Output): Log {
  if (!enabled) return () => {}
  return (part, message) => {
    const time = new Date().toISOString().replace('T', ' ').replace('.', ',').replace('Z', '')
    stderr.write(`${time} - MainThread - berth.${part} - DEBUG - ${message}\n`)
  }
}
