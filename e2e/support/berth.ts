import { fileURLToPath } from 'node:url'
import type { Registry } from './registry.ts'
import { type Outcome, run, succeed } from './run.ts'

/** The bundled command line, as `npm run build` leaves it. */
export const BERTH = fileURLToPath(new URL('../../packages/cli/dist/berth.js', import.meta.url))

/** The same under the name by which clients of images ask for a login. */
export const DOCKER_CREDENTIAL_BERTH = fileURLToPath(
  new URL('../../packages/cli/dist/docker-credential-berth.js', import.meta.url),
)

/** The command line as one program, as `npm run build:binary` leaves it; `buildExecutable` makes it. */
export const EXECUTABLE = fileURLToPath(new URL('../../packages/cli/dist/berth', import.meta.url))

export const buildExecutable = (): Promise<string> =>
  succeed(process.execPath, [fileURLToPath(new URL('../../scripts/build-binary.mjs', import.meta.url))], {
    timeoutSeconds: 300,
  })

/** What a user of a registry has in the environment: a key, a region and the registry's URL. */
export const berthEnvironment = (registry: Registry): Record<string, string> => ({
  AWS_ACCESS_KEY_ID: registry.accessKeyId,
  AWS_SECRET_ACCESS_KEY: registry.secretAccessKey,
  AWS_DEFAULT_REGION: 'us-east-1',
  AWS_ENDPOINT_URL: registry.url,
  AWS_MAX_ATTEMPTS: '1',
})

/** Runs `berth ecr-public …` against a registry, whatever its exit code. */
export const berth = (registry: Registry, args: readonly string[]): Promise<Outcome> =>
  run(process.execPath, [BERTH, 'ecr-public', ...args], { env: berthEnvironment(registry) })
