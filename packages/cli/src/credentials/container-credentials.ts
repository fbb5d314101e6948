import { readFileSync } from 'node:fs'
import { isIPv4 } from 'node:net'
import { type Environment, setting } from '../environment.ts'
import { CommandError } from '../errors.ts'
import { NetworkError } from '../http/network-error.ts'
import { send, type Transport } from '../http/send.ts'
import { parseJson } from '../python/parse-json.ts'
import { systemError } from '../python/system-error.ts'
import { isDict, type Value } from '../python/value.ts'
import { credentialsOf } from './credentials-document.ts'
import { readExpiration, type TemporaryCredentials } from './refreshing.ts'

const CONTAINER_HOST = 'http://169.254.170.2'
/** Where a full URI may point without encryption, besides loopback addresses: the agents of ECS and EKS. */
const ALLOWED_HOSTS = ['169.254.170.2', '169.254.170.23', 'fd00:ec2::23', 'localhost']
const TIMEOUT_SECONDS = 2
const ATTEMPTS = 3
const PAUSE_MILLISECONDS = 1000

/**
 * The credentials of a container's role. `caBundle` is trusted in the place of the usual roots. @throws CommandError
 * `general`
 */
export async function containerCredentials(
  environment: Environment,
  { caBundle }: Pick<Transport, 'caBundle'>,
): Promise<TemporaryCredentials> {
  const url = credentialsUrl(environment)
  const authorization = authorizationToken(environment)
  const headers = { accept: 'application/json', ...(authorization !== undefined && { authorization }) }
  const transport: Transport = {
    connectTimeout: TIMEOUT_SECONDS,
    readTimeout: TIMEOUT_SECONDS,
    verifyTls: true,
    ...(caBundle !== undefined && { caBundle }),
  }
  for (let attempt = 1; ; attempt++) {
    try {
      const { status, body } = await send({ url, method: 'GET', headers, body: '' }, transport)
      if (status !== 200) throw new Error(`Received non 200 response ${status} from container metadata: ${body}`)
      return readDocument(body)
    } catch (error) {
      if (error instanceof CommandError) throw error
      if (attempt === ATTEMPTS) {
        throw new CommandError(
          'general',
          `Error when retrieving credentials from container-role: Error retrieving metadata: ${reasonOf(error)}`,
        )
      }
      await new Promise(resolve => setTimeout(resolve, PAUSE_MILLISECONDS))
    }
  }
}

function reasonOf(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error)
  return error instanceof NetworkError
    ? `Received error when attempting to retrieve container metadata: ${message}`
    : message
}

function readDocument(text: string): TemporaryCredentials {
  let document: Value = null
  try {
    document = parseJson(text)
  } catch {
    // told below
  }
  const credentials = isDict(document) ? credentialsOf(document) : undefined
  const expiration = (isDict(document) && document.get('Expiration')) || null
  if (credentials) return { credentials, expiration: expiration === null ? undefined : readExpiration(expiration) }
  throw new Error('Unable to parse JSON returned from container metadata services')
}

/** The URL of the credentials. @throws CommandError `general` for a place that must not be asked */
export function credentialsUrl(environment: Pick<Environment, 'env'>): URL {
  const { AWS_CONTAINER_CREDENTIALS_RELATIVE_URI: relative, AWS_CONTAINER_CREDENTIALS_FULL_URI: full = '' } =
    environment.env
  const text = relative ? CONTAINER_HOST + relative : full
  const url = URL.canParse(text) ? new URL(text) : undefined
  if (url?.protocol === 'https:') return url
  const host = url?.hostname.replace(/^\[|\]$/g, '') ?? ''
  const loopback = (isIPv4(host) && host.startsWith('127.')) || host === '::1'
  if (url?.protocol === 'http:' && (loopback || ALLOWED_HOSTS.includes(host))) return url
  throw new CommandError(
    'general',
    `Unsupported host '${host || text}'.  Can only retrieve metadata from a loopback address or one of these hosts: ${ALLOWED_HOSTS.join(', ')}; from others by https only`,
  )
}

function authorizationToken(environment: Environment): string | undefined {
  const file = setting(environment, 'AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE')
  const token =
    file === undefined ? setting(environment, 'AWS_CONTAINER_AUTHORIZATION_TOKEN') : readToken(file).trimEnd()
  if (token === undefined || !/[\r\n]/.test(token)) return token
  throw new CommandError('general', 'Auth token value is not a legal header value')
}

function readToken(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch (error) {
    throw new CommandError('general', systemError(error, file))
  }
}
