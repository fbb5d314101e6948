import type { Credentials } from './control.ts'
import type { Registry } from './registry.ts'
import type { Outcome } from './run.ts'
import { runAws } from './run-aws.ts'

/** The AWS command line aimed at a registry, as a user who has set nothing but an endpoint and a key. */
export interface Aws {
  /** Runs `aws ecr-public …`, whatever its exit code. */
  readonly attempt: (args: readonly string[], as?: Credentials) => Promise<Outcome>
  /** The JSON that `aws ecr-public …` prints. Rejects unless it exits with 0. */
  // biome-ignore lint/suspicious/noExplicitAny: untyped JSON, as a shell script would see it
  readonly json: (args: readonly string[], as?: Credentials) => Promise<any>
  /** What a command prints, as text without the final newline. Rejects unless the command exits with 0. */
  readonly text: (args: readonly string[], as?: Credentials) => Promise<string>
}

export function awsFor(registry: Registry): Aws {
  const attempt = (args: readonly string[], as: Credentials = registry) =>
    runAws(['ecr-public', ...args, '--endpoint-url', registry.url], {
      env: {
        AWS_ACCESS_KEY_ID: as.accessKeyId,
        AWS_SECRET_ACCESS_KEY: as.secretAccessKey,
        AWS_DEFAULT_REGION: 'us-east-1',
        AWS_MAX_ATTEMPTS: '1',
      },
    })
  const text = async (args: readonly string[], as?: Credentials) => {
    const { exitCode, stdout, stderr } = await attempt(args, as)
    if (exitCode !== 0) throw new Error(`aws ecr-public ${args.join(' ')}\nexit code ${exitCode}\n${stderr}`)
    return stdout.replace(/\n$/, '')
  }
  return { attempt, text, json: async (args, as) => JSON.parse(await text(args, as)) }
}
