import { operations } from '@berth/model'
import { createClient } from '../../client/client.ts'
import { createSettings } from '../../config/settings.ts'
import { CommandError } from '../../errors.ts'
import { NetworkError } from '../../http/network-error.ts'
import type { Context } from '../command.ts'
import type { LocalRegistry } from './find-local-registry.ts'

const NO_PROFILES = { config: new Map(), credentials: new Map(), services: new Map(), ssoSessions: new Map() }
/** The codes of answers by which a registry does not know the key. */
const STRANGERS = ['InvalidSignatureException', 'UnrecognizedClientException', 'SignatureDoesNotMatch']

/**
 * Asks whether a server answers, and whether it knows the key: a profile that is written must work.
 * @throws CommandError `configuration`, which says what to do
 */
export async function checkLocalRegistry(registry: LocalRegistry, context: Context): Promise<void> {
  const { endpoint, dataDir } = registry
  const environment = { ...context.environment, env: { ...sparse(context.environment.env), ...keysOf(registry) } }
  const { profile: _, ...others } = context.options
  const options = { ...others, endpointUrl: endpoint, region: registry.region }
  const settings = createSettings(NO_PROFILES, environment, undefined)
  const client = await createClient({ ...context, options, settings, environment })
  try {
    await client.call(operations.DescribeRegistries, new Map())
  } catch (error) {
    if (!(error instanceof CommandError || error instanceof NetworkError)) throw error
    if (codeOf(error) === 'AccessDeniedException') return
    throw new CommandError('configuration', `${whatIsWrong(error, endpoint, dataDir)}\n\n${error.message}`, {
      cause: error,
    })
  }
}

const codeOf = (error: CommandError | NetworkError) => (error instanceof CommandError ? error.code : undefined)

function whatIsWrong(error: CommandError | NetworkError, endpoint: string, dataDir: string): string {
  const code = codeOf(error)
  if (error.message.startsWith('SSL validation failed'))
    return `The certificate of ${endpoint} is not trusted. Name the CA that made it by --ca-bundle.`
  if (code === undefined)
    return `No registry answers at ${endpoint}. Start it (npm start), or say where it is by --endpoint-url.`
  if (STRANGERS.includes(code))
    return (
      `The server at ${endpoint} does not know the key of ${dataDir}. Name the data folder of that server by ` +
      '--data-dir, or another server by --endpoint-url.'
    )
  return `What answers at ${endpoint} does not answer as a registry of berth. Say where yours is by --endpoint-url.`
}

/** The environment without what leads to other keys or another place: only how to get through to the server stays. */
const sparse = (env: Context['environment']['env']) =>
  Object.fromEntries(Object.entries(env).filter(([name]) => !/^AWS_/.test(name) || name === 'AWS_CA_BUNDLE'))

const keysOf = ({ accessKeyId, secretAccessKey }: LocalRegistry) => ({
  AWS_ACCESS_KEY_ID: accessKeyId,
  AWS_SECRET_ACCESS_KEY: secretAccessKey,
})
