import { metadataPatience, type Settings } from '../config/settings.ts'
import type { Credentials } from '../http/sign.ts'
import { parseJson } from '../python/parse-json.ts'
import { isDict } from '../python/value.ts'
import { credentialsOf } from './credentials-document.ts'
import { fetchText, NoAnswerError, StatusError } from './fetch-text.ts'

/** The metadata service of EC2, version 2: every request carries a token that was asked for first. */
const DEFAULT_ENDPOINT = 'http://169.254.169.254'
const IPV6_ENDPOINT = 'http://[fd00:ec2::254]'
const ROLES = '/latest/meta-data/iam/security-credentials/'
const ZONE = '/latest/meta-data/placement/availability-zone/'
const TOKEN = '/latest/api/token'
const TOKEN_SECONDS = 21_600
/** The statuses by which services of the first version refuse a request for a token. */
const NO_TOKENS = [403, 404, 405]

/** The credentials of the machine's role; undefined where there is no such machine or role. */
export async function instanceCredentials(settings: Settings): Promise<Credentials | undefined> {
  return withMetadata(settings, async get => {
    const role = await get(ROLES, text => text.split('\n')[0]?.trim() || undefined)
    return get(ROLES + role, text => {
      const document = parseJson(text)
      return isDict(document) ? credentialsOf(document) : undefined
    })
  })
}

/** The region of the machine: its availability zone without the letter. */
export async function readInstanceRegion(settings: Settings): Promise<string | undefined> {
  return withMetadata(settings, get => get(ZONE, text => text.trim().slice(0, -1) || undefined))
}

/** Asks until an answer has something in it to read. */
type Get = <T>(path: string, read: (text: string) => T | undefined) => Promise<T>

async function withMetadata<T>(settings: Settings, read: (get: Get) => Promise<T>) {
  const endpoint = metadataEndpoint(settings)
  const { seconds, attempts } = metadataPatience(settings)
  if (attempts < 1) return undefined
  try {
    const token = await readToken(endpoint, seconds, attempts)
    const headers: Record<string, string> = token === undefined ? {} : { 'x-aws-ec2-metadata-token': token }
    return await read((path, found) =>
      repeatedly(attempts, async () => {
        const value = found(await fetchText(endpoint + path, { headers, seconds }))
        if (value === undefined) throw new Error(`${path} is empty`)
        return value
      }),
    )
  } catch {
    return undefined // no metadata service: this is no EC2 machine
  }
}

/** A service of the first version has no tokens; behind too many hops the answer to this request is lost. */
async function readToken(endpoint: string, seconds: number, attempts: number): Promise<string | undefined> {
  const headers = { 'x-aws-ec2-metadata-token-ttl-seconds': String(TOKEN_SECONDS) }
  return repeatedly(attempts, () =>
    fetchText(endpoint + TOKEN, { method: 'PUT', headers, seconds }).catch(error => {
      if (error instanceof NoAnswerError) return undefined
      if (error instanceof StatusError && NO_TOKENS.includes(error.status)) return undefined
      throw error
    }),
  ).catch(error => {
    if (error instanceof StatusError && error.status !== 400) return undefined
    throw error
  })
}

async function repeatedly<T>(attempts: number, attempt: () => Promise<T>): Promise<T> {
  for (let left = attempts; ; left--) {
    try {
      return await attempt()
    } catch (error) {
      if (left <= 1) throw error
    }
  }
}

function metadataEndpoint(settings: Settings): string {
  const look = (option: string) => settings.lookUp({ option, variable: `AWS_${option.toUpperCase()}` }) || undefined
  const own = look('ec2_metadata_service_endpoint')
  const mode = look('ec2_metadata_service_endpoint_mode')?.toLowerCase()
  return (own ?? (mode === 'ipv6' ? IPV6_ENDPOINT : DEFAULT_ENDPOINT)).replace(/\/+$/, '')
}
