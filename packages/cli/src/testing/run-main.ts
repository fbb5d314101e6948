import { Readable } from 'node:stream'
import type { Environment } from '../environment.ts'
import { main } from '../main.ts'

const KEYS = { AWS_ACCESS_KEY_ID: 'AKIATEST', AWS_SECRET_ACCESS_KEY: 'secret', AWS_REGION: 'us-east-1' }

/** What a program without a terminal sees. `keep` is called with what is written, and to which stream. */
export const environmentOf = (
  env: Environment['env'],
  keep: (stream: 'stdout' | 'stderr', text: string) => void = () => {},
): Environment => ({
  env,
  home: '/nonexistent',
  stdin: () => Readable.from([]),
  stdout: { isTTY: false, columns: () => 80, write: text => keep('stdout', text) },
  stderr: { isTTY: false, columns: () => 80, write: text => keep('stderr', text) },
  onInterrupt: () => () => {},
  withVariable: (_, __, work) => work(),
})

/** Runs the whole program in this process, with keys and a region. `env` may replace or remove them. */
export async function runMain(argv: readonly string[], env: Environment['env']) {
  const output = { stdout: '', stderr: '' }
  const environment = environmentOf({ ...KEYS, AWS_EC2_METADATA_DISABLED: 'true', ...env }, (stream, text) => {
    output[stream] += text
  })
  return { exitCode: await main(argv, environment), ...output }
}
