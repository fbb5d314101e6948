import { ControlError } from '../../../domain/problem.ts'

/** The contents of the Authorization header of AWS Signature Version 4. */
export interface SigV4Authorization {
  readonly accessKeyId: string
  readonly scope: CredentialScope
  /** Names in lower case, sorted, each once. */
  readonly signedHeaders: readonly string[]
  /** 64 lower-case hexadecimal digits. */
  readonly signature: string
}

/** The scope that a signing key is derived for; `date` is `YYYYMMDD`. */
export interface CredentialScope {
  readonly date: string
  readonly region: string
  readonly service: string
}

export const ALGORITHM = 'AWS4-HMAC-SHA256'

const PARAMETERS = ['Credential', 'SignedHeaders', 'Signature'] as const
const CREDENTIAL = /^([A-Za-z0-9_]{1,128})\/([0-9]{8})\/([a-z0-9-]{1,64})\/([a-z0-9-]{1,64})\/aws4_request$/
const HEADER_NAME = /^[a-z0-9!#$%&'*+.^_`|~-]+$/
const SIGNATURE = /^[0-9a-f]{64}$/

/**
 * Reads the header. The reason of a problem never repeats the header's own text. @throws ControlError
 * `signatureIncomplete`
 */
export function parseAuthorization(header: string): SigV4Authorization {
  const [, algorithm, parameterText = ''] = /^([^ \t]*)[ \t]*(.*)$/.exec(header.trim()) ?? []
  if (algorithm !== ALGORITHM) throw incomplete(`Unsupported AWS 'algorithm'; expected '${ALGORITHM}'.`)
  const parameters = parseParameters(parameterText)

  const [, accessKeyId, date, region, service] = CREDENTIAL.exec(parameters.Credential) ?? []
  if (accessKeyId === undefined || date === undefined || region === undefined || service === undefined) {
    throw incomplete("'Credential' must be KEY/YYYYMMDD/REGION/SERVICE/aws4_request.")
  }
  const signedHeaders = parameters.SignedHeaders.split(';')
  if (!signedHeaders.every((name, index) => HEADER_NAME.test(name) && name > (signedHeaders[index - 1] ?? ''))) {
    throw incomplete("'SignedHeaders' must be lower-case header names, sorted, each once, with ';' between them.")
  }
  if (!SIGNATURE.test(parameters.Signature)) {
    throw incomplete("'Signature' must be 64 lower-case hexadecimal digits.")
  }
  return { accessKeyId, scope: { date, region, service }, signedHeaders, signature: parameters.Signature }
}

type Parameter = (typeof PARAMETERS)[number]

/** Clients differ on the blank after a comma: some send none. */
function parseParameters(text: string): Readonly<Record<Parameter, string>> {
  const found = new Map<string, string>()
  for (const piece of text.split(/,[ \t]*/)) {
    const equals = piece.indexOf('=')
    const name = piece.slice(0, Math.max(equals, 0))
    if (found.has(name)) throw incomplete(`Authorization header holds '${name.slice(0, 20)}' twice.`)
    found.set(name, piece.slice(equals + 1))
  }
  const [Credential, SignedHeaders, Signature] = PARAMETERS.map(name => found.get(name))
  const missing = PARAMETERS.filter(name => !found.get(name))
  if (missing.length > 0 || found.size > PARAMETERS.length) {
    throw incomplete(
      missing.length > 0
        ? missing.map(name => `Authorization header requires '${name}' parameter.`).join(' ')
        : `Authorization header must hold ${PARAMETERS.join(', ')} and nothing else.`,
    )
  }
  return { Credential: Credential ?? '', SignedHeaders: SignedHeaders ?? '', Signature: Signature ?? '' }
}

function incomplete(reason: string): ControlError {
  return new ControlError({ kind: 'signatureIncomplete', reason })
}
