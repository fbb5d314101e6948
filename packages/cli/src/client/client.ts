import { type Operation, type ServiceNames, service } from '@berth/model'
import type { GlobalValues } from '../argv/global-options.ts'
import { requireProfile, type Settings } from '../config/settings.ts'
import { findCredentials } from '../credentials/find-credentials.ts'
import { type Environment, setting } from '../environment.ts'
import { CommandError } from '../errors.ts'
import { chooseProxy } from '../http/choose-proxy.ts'
import { readOutput, type TimestampFormat } from '../http/read-output.ts'
import { resolveMaxAttempts, retryAfterSeconds, withRetries } from '../http/retries.ts'
import { send, type Transport, urlText } from '../http/send.ts'
import { isTransient, type ServiceError, serviceError } from '../http/service-error.ts'
import { type SignedRequest, sign } from '../http/sign.ts'
import type { Target } from '../http/target.ts'
import type { Log } from '../log.ts'
import { type BinaryFormat, encodeBlobs } from '../parameters/encode-blobs.ts'
import { validateParameters } from '../parameters/validate-parameters.ts'
import { formatJson } from '../python/format-json.ts'
import { invalidInteger, parseInteger } from '../python/int.ts'
import type { Dict } from '../python/value.ts'
import { version } from '../version.ts'
import { resolveEndpoint } from './endpoint.ts'
import { requireRegion, resolveRegion } from './region.ts'

export type Parameters = Dict

/** The service at one endpoint, as one caller sees it. */
export interface Client {
  /** The input in the form of the wire. @throws CommandError when it is not valid */
  prepare(operation: Operation, parameters: Parameters): Parameters
  /** Sends one request, and sends it again while that makes sense. @throws CommandError */
  call(operation: Operation, parameters: Parameters): Promise<Parameters>
}

interface Options {
  readonly options: GlobalValues
  readonly settings: Settings
  readonly environment: Environment
  readonly log: Log
  /**
   * How often to try a request of work in bulk, unless the user says how often. With it, every answer that asks for
   * patience counts as transient, and Retry-After is honoured.
   */
  readonly patientAttempts?: number
}

/**
 * A client of ECR Public, or of another service at the same endpoint.
 * @throws CommandError for a profile, a region or an endpoint that cannot be used
 */
export async function createClient(
  { options, settings, environment, log, patientAttempts }: Options,
  { targetPrefix, signingName }: ServiceNames = service,
): Promise<Client> {
  requireProfile(settings)
  const timestamps = timestampFormat(settings)
  const binaryFormat = options.binaryFormat ?? configuredBinaryFormat(settings)
  const patient = patientAttempts !== undefined
  const chosen = await resolveRegion(options.region, settings, environment)
  // The credentials come first: what is wrong with them is told before all that follows, even where the command is not
  // sent.
  const provider = options.signRequest
    ? await findCredentials({ settings, environment, profileFlag: Boolean(options.profile) })
    : undefined
  await checkSsoSession(settings)
  const region = requireRegion(chosen)
  const maxAttempts = resolveMaxAttempts(settings, patientAttempts)
  const url = resolveEndpoint(options.endpointUrl, region, settings, environment)
  const transport = transportTo(url, { options, settings, environment })
  const validates = settings.lookUp({ option: 'parameter_validation' })?.toLowerCase() !== 'false'
  log('client', `region ${region}, endpoint ${urlText(url)}, at most ${maxAttempts} attempts`)

  const prepare = (operation: Operation, parameters: Parameters): Parameters => {
    const input = encodeBlobs(operation.input, parameters, binaryFormat) as Parameters
    const reports = validates ? validateParameters(operation.input, input) : []
    if (reports.length > 0) throw new CommandError('usage', `Parameter validation failed:\n${reports.join('\n')}`)
    return input
  }

  const signed = async (request: SignedRequest): Promise<SignedRequest> => {
    if (!provider) return request
    return sign(request, {
      credentials: await provider({ region, transport }),
      region,
      service: signingName,
      now: new Date(),
    })
  }

  const warn = warnerOf(environment)

  return {
    prepare,
    async call(operation, parameters) {
      const request: SignedRequest = {
        url,
        headers: {
          'content-type': service.contentType,
          'x-amz-target': `${targetPrefix}.${operation.name}`,
        },
        body: formatJson(prepare(operation, parameters), { ascii: true }),
      }
      const { value: response, attempts } = await withRetries(
        maxAttempts,
        async () => {
          const ready = await signed(request)
          log('http', `POST ${urlText(url)} ${operation.name}, ${request.body.length} bytes`)
          const headers = { ...ready.headers, 'user-agent': `berth/${version}` }
          const answer = await send({ ...ready, headers }, transport)
          log('http', `answer: ${answer.status} ${answer.reason}, ${answer.body.length} characters`)
          return answer
        },
        response => isTransient(response) || (patient && response.status === 429),
        response => (patient ? retryAfterSeconds(response) : 0),
      )
      await warn(response.headers.get('warning'))
      const error = serviceError(response)
      if (error) throw refusalOf(error, operation, attempts === maxAttempts ? attempts - 1 : undefined)
      return readOutput(operation.output, response.body, timestamps)
    },
  }
}

function refusalOf({ code, message }: ServiceError, { name }: Operation, mostRetries: number | undefined) {
  const retries = mostRetries === undefined ? '' : ` (reached max retries: ${mostRetries})`
  const words = `An error occurred (${code}) when calling the ${name} operation${retries}: ${message}`
  return new CommandError('service', words, { code })
}

/**
 * Makes a function that prints what servers warn of, each text once: every page of a listing may come with the same
 * warning.
 */
function warnerOf({ stderr }: Environment): (header: string | undefined) => Promise<void> {
  const told = new Set<string>()
  return async header => {
    if (header === undefined) return
    const { readWarnings } = await import('../http/read-warnings.ts')
    for (const text of readWarnings(header)) {
      if (told.has(text)) continue
      told.add(text)
      stderr.write(`Warning from the server: ${text}\n`)
    }
  }
}

async function checkSsoSession(settings: Settings): Promise<void> {
  const name = settings.lookUp({ option: 'sso_session' })
  if (name === undefined) return
  const { checkSession } = await import('../credentials/role-sources.ts')
  checkSession(name, settings)
}

function timestampFormat(settings: Settings): TimestampFormat {
  const format = settings.lookUp({ option: 'cli_timestamp_format' }) ?? 'iso8601'
  if (format === 'iso8601' || format === 'wire') return format
  throw new CommandError(
    'configuration',
    `Unknown cli_timestamp_format value: ${format}, valid values are "wire" or "iso8601"`,
  )
}

function configuredBinaryFormat(settings: Settings): BinaryFormat {
  const format = settings.lookUp({ option: 'cli_binary_format' }) ?? 'base64'
  if (format === 'base64' || format === 'raw-in-base64-out') return format
  throw new CommandError('general', `Unknown cli_binary_format: ${format}, valid values are base64, raw-in-base64-out`)
}

/** How to reach `url` by the options and settings: time limits, trust, proxy. */
export function transportTo(url: Target, { options, settings, environment }: Omit<Options, 'log'>): Transport {
  const caBundle =
    (options.caBundle ?? settings.lookUp({ variable: 'AWS_CA_BUNDLE', option: 'ca_bundle' })) ||
    setting(environment, 'REQUESTS_CA_BUNDLE')
  const proxy = chooseProxy(url, environment)
  if (!options.verifySsl && url.protocol === 'https:') warnUnverified(url, environment)
  return {
    connectTimeout: usable('connect', timeoutSeconds(options.connectTimeout)),
    readTimeout: usable('read', timeoutSeconds(options.readTimeout)),
    verifyTls: options.verifySsl,
    ...(caBundle !== undefined && { caBundle: caBundle.replace(/^~(?=\/)/, environment.home) }),
    ...(proxy && { proxy }),
  }
}

const DEFAULT_TIMEOUT_SECONDS = 60

/**
 * Reads a time limit in seconds. Time limits are checked with the other global options, long before a client exists.
 * @throws CommandError `general`
 */
export function timeoutSeconds(text: string | undefined): number {
  const seconds = text === undefined ? DEFAULT_TIMEOUT_SECONDS : parseInteger(text)
  if (seconds === undefined) throw new CommandError('general', invalidInteger(text ?? ''))
  return Number(seconds)
}

/** @throws CommandError `general` for a time that is over before it begins */
function usable(kind: 'connect' | 'read', seconds: number): number {
  if (seconds >= 0) return seconds
  throw new CommandError(
    'general',
    `Attempted to set ${kind} timeout to ${seconds}, but the timeout cannot be set to a value less than or equal to 0.`,
  )
}

function warnUnverified(url: Target, { stderr }: Environment): void {
  stderr.write(
    `InsecureRequestWarning: Unverified HTTPS request is being made to host '${url.hostname}'. Adding certificate verification is strongly advised.\n`,
  )
}
