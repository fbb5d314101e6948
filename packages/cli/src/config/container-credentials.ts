import { readFileSync } from 'node:fs'
import { type Environment, setting } from '../environment.ts'
import { CommandError } from '../errors.ts'
import { parseJson } from '../values/parse-json.ts'
import { isDict } from '../values/value.ts'
import type { Credentials } from './credentials.ts'
import { credentialsOf } from './credentials-document.ts'
import { fetchText } from './fetch-text.ts'

const CONTAINER_HOST = 'http://169.254.170.2'
/** Where a full URI may point without encryption: this machine and the agents of ECS and EKS. */
const ALLOWED_HOSTS = ['localhost', '169.254.170.2', '169.254.170.23', '[fd00:ec2::23]', '[::1]']
const TIMEOUT_SECONDS = 2
const ATTEMPTS = 3
const PAUSE_MILLISECONDS = 1000

/** The credentials of a container's role. @throws CommandError `general` */
export async function containerCredentials(environment: Environment): Promise<Credentials> {
  const url = credentialsUrl(environment)
  const token = authorizationToken(environment)
  const headers = { accept: 'application/json', ...(token !== undefined && { authorization: token }) }
  for (let attempt = 1; ; attempt++) {
    try {
      return readDocument(await fetchText(url, { headers, seconds: TIMEOUT_SECONDS }))
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error)
      if (attempt === ATTEMPTS) {
        throw new CommandError(
          'general',
          `Error when retrieving credentials from container-role: Error retrieving metadata: ${reason}`,
        )
      }
      await new Promise(resolve => setTimeout(resolve, PAUSE_MILLISECONDS))
    }
  }
}

function readDocument(text: string): Credentials {
  try {
    const document = parseJson(text)
    const credentials = isDict(document) ? credentialsOf(document) : undefined
    if (credentials) return credentials
  } catch {
    // told below
  }
  throw new Error('Unable to parse JSON returned from ECS metadata services')
}

function credentialsUrl(environment: Environment): string {
  const relative = setting(environment, 'AWS_CONTAINER_CREDENTIALS_RELATIVE_URI')
  if (relative !== undefined) return CONTAINER_HOST + relative
  const full = setting(environment, 'AWS_CONTAINER_CREDENTIALS_FULL_URI') ?? ''
  const host = URL.canParse(full) ? new URL(full).hostname : ''
  if (host.startsWith('127.') || ALLOWED_HOSTS.includes(host)) return full
  throw new CommandError(
    'general',
    `Unsupported host '${host}'.  Can only retrieve metadata from a loopback address or one of these hosts: 169.254.170.2, 169.254.170.23, fd00:ec2::23, localhost`,
  )
}

function authorizationToken(environment: Environment): string | undefined {
  const file = setting(environment, 'AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE')
  if (file !== undefined) return readFileSync(file, 'utf8').trim()
  return setting(environment, 'AWS_CONTAINER_AUTHORIZATION_TOKEN')
}
