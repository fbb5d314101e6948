import type { Environment } from '../environment.ts'
import { parseJson } from '../values/parse-json.ts'
import { isDict } from '../values/value.ts'
import type { Credentials } from './credentials.ts'
import { credentialsOf } from './credentials-document.ts'
import { fetchText, StatusError } from './fetch-text.ts'

/** The metadata service of EC2, version 2: every request carries a token that was asked for first. */
const DEFAULT_ENDPOINT = 'http://169.254.169.254'
const ROLES = '/latest/meta-data/iam/security-credentials/'
const ZONE = '/latest/meta-data/placement/availability-zone/'
const TOKEN_SECONDS = 21_600

/** The credentials of the machine's role, or undefined where there is no such machine or role. */
export async function instanceCredentials(environment: Environment): Promise<Credentials | undefined> {
  return withMetadata(environment, async get => {
    const [role] = (await get(ROLES)).split('\n')
    if (!role) return undefined
    const document = parseJson(await get(ROLES + role.trim()))
    return isDict(document) ? credentialsOf(document) : undefined
  })
}

/** The region of the machine: its availability zone without the letter. */
export async function readInstanceRegion(environment: Environment): Promise<string | undefined> {
  return withMetadata(environment, async get => (await get(ZONE)).trim().slice(0, -1) || undefined)
}

type Get = (path: string) => Promise<string>

async function withMetadata<T>(environment: Environment, read: (get: Get) => Promise<T | undefined>) {
  const endpoint = (environment.env['AWS_EC2_METADATA_SERVICE_ENDPOINT'] || DEFAULT_ENDPOINT).replace(/\/+$/, '')
  const seconds = Number(environment.env['AWS_METADATA_SERVICE_TIMEOUT'] || 1)
  try {
    const token = await readToken(endpoint, seconds)
    const headers: Record<string, string> = token === undefined ? {} : { 'x-aws-ec2-metadata-token': token }
    return await read(path => fetchText(endpoint + path, { headers, seconds }))
  } catch {
    return undefined // no metadata service: this is no EC2 machine
  }
}

/** A service of the first version has no tokens, and answers without them. */
async function readToken(endpoint: string, seconds: number): Promise<string | undefined> {
  const headers = { 'x-aws-ec2-metadata-token-ttl-seconds': String(TOKEN_SECONDS) }
  try {
    return await fetchText(`${endpoint}/latest/api/token`, { method: 'PUT', headers, seconds })
  } catch (error) {
    if (error instanceof StatusError && error.status !== 400) return undefined
    throw error
  }
}
