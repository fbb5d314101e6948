import type { OutgoingHttpHeaders } from 'node:http'
import type { Refusal } from '../../domain/iam/refusal.ts'
import { registryNamed } from '../../domain/names.ts'
import { type CoreProblem, OciError, type OciProblem, RegistryError } from '../../domain/problem.ts'
import { receivedRange } from './content-range.ts'

/** The specification's codes, and `UNAVAILABLE` and `UNKNOWN` for answers of 500 and up, which it leaves open. */
type Code =
  | 'BLOB_UNKNOWN'
  | 'BLOB_UPLOAD_INVALID'
  | 'BLOB_UPLOAD_UNKNOWN'
  | 'DIGEST_INVALID'
  | 'MANIFEST_BLOB_UNKNOWN'
  | 'MANIFEST_INVALID'
  | 'MANIFEST_UNKNOWN'
  | 'NAME_INVALID'
  | 'NAME_UNKNOWN'
  | 'SIZE_INVALID'
  | 'UNAUTHORIZED'
  | 'DENIED'
  | 'UNSUPPORTED'
  | 'TOOMANYREQUESTS'
  | 'UNAVAILABLE'
  | 'UNKNOWN'

/**
 * The kinds that no client of this wire brings about: no path holds an account id, nobody asks that an upload fail
 * where the layer is there, and a repository that a push makes has no resource tags.
 */
type NeverHere = 'accountIdInvalid' | 'layerExists' | 'resourceTagsTooMany' | 'resourceTagInvalid'

/** The problems that this wire can say. */
export type Problem = Exclude<CoreProblem, { kind: NeverHere }> | OciProblem
type Kind = Problem['kind']
type ProblemOf<K extends Kind> = Extract<Problem, { kind: K }>
type Words<K extends Kind> = string | ((problem: ProblemOf<K>) => string)
type Row<K extends Kind> = readonly [status: number, code: Code, words: Words<K>]

/** Whether the error carries a problem that this wire words: another one is a fault of berth's own. */
export const isOurs = (error: unknown): error is (RegistryError | OciError) & { readonly problem: Problem } =>
  (error instanceof RegistryError || error instanceof OciError) && Object.hasOwn(TABLE, error.problem.kind)

/** An answer to a request that failed. */
export interface ErrorAnswer {
  readonly status: number
  readonly headers: OutgoingHttpHeaders
  readonly body: string
}

/** The most missing digests that an answer names: a manifest has room for tens of thousands. */
const MISSING_NAMED = 100

const noRepository = ({ name, registryId }: { name: string; registryId: string }): string =>
  `The repository with name '${name}' does not exist in the ${registryNamed(registryId)}`

/** The words of each refusal, ECR Public's own where they are known. */
const DENIALS: Readonly<Record<Refusal, string>> = {
  explicitDeny: 'with an explicit deny',
  noAllow: 'because no policy allows the action',
  noResourceAllow: 'because the policy of the repository does not allow the action',
}

const TABLE: { readonly [K in Kind]: Row<K> } = {
  digestInvalid: [400, 'DIGEST_INVALID', ({ text }) => `'${text}' is not a sha256 or sha512 digest`],
  digestUnsupported: [400, 'DIGEST_INVALID', ({ text }) => `'${text}' is not of sha256 or sha512, which are supported`],
  nameInvalid: [
    400,
    'NAME_INVALID',
    ({ text, reason = 'it is not a path of the form ALIAS/NAME' }) => `'${text}' names no repository: ${reason}`,
  ],
  pathUnknown: [404, 'NAME_UNKNOWN', ({ text }) => `There is no repository '${text}'`],
  tagInvalid: [400, 'MANIFEST_INVALID', ({ text }) => `'${text}' is not a tag`],
  aliasInvalid: [
    400,
    'NAME_INVALID',
    "Invalid parameter at 'registryAliasName' failed to satisfy constraint: 'Member must satisfy regular expression pattern: [a-z][a-z0-9]+(?:[._-][a-z0-9]+)*'",
  ],
  parameterInvalid: [
    400,
    'UNSUPPORTED',
    ({ member, constraint }) => `Invalid parameter at '${member}' failed to satisfy constraint: '${constraint}'`,
  ],
  requestMalformed: [400, 'BLOB_UPLOAD_INVALID', ({ reason }) => reason],
  bodyTooSlow: [
    408,
    'UNAVAILABLE',
    ({ withinMs }) =>
      `The body must arrive within ${withinMs / 1000} s or, if it is larger than 4 MiB, bring 64 KiB a second`,
  ],
  contentCodingUnsupported: [
    415,
    'UNSUPPORTED',
    ({ coding }) =>
      `The body has the Content-Encoding ${coding.slice(0, 100)}, which is not undone here: send it without`,
  ],
  bodyTooLarge: [413, 'SIZE_INVALID', ({ limitBytes }) => `The body is larger than ${limitBytes} bytes`],

  repositoryNotFound: [404, 'NAME_UNKNOWN', noRepository],
  repositoryExists: [409, 'DENIED', ({ name }) => `The repository with name '${name}' already exists`],

  blobUnknown: [404, 'BLOB_UNKNOWN', 'Requested layer not found'],
  blobReferenced: [405, 'UNSUPPORTED', 'Requested layer is referenced by a manifest'],
  uploadUnknown: [404, 'BLOB_UPLOAD_UNKNOWN', ({ uploadId }) => `The upload with id '${uploadId}' does not exist`],
  uploadOutOfOrder: [416, 'BLOB_UPLOAD_INVALID', ({ nextByte }) => `The next byte of this upload is ${nextByte}`],
  uploadBusy: [409, 'BLOB_UPLOAD_INVALID', 'Another request is working on this upload'],
  uploadSizeMismatch: [
    400,
    'SIZE_INVALID',
    ({ expectedBytes, receivedBytes }) => `${receivedBytes} bytes came where ${expectedBytes} were announced`,
  ],
  digestMismatch: [400, 'DIGEST_INVALID', ({ computed }) => `The digest of the bytes is ${computed}`],
  rangeNotSatisfiable: [416, 'SIZE_INVALID', ({ sizeBytes }) => `No byte of the range is among these ${sizeBytes}`],

  manifestUnknown: [404, 'MANIFEST_UNKNOWN', 'Requested image not found'],
  manifestInvalid: [400, 'MANIFEST_INVALID', ({ reason }) => `The manifest is invalid: ${reason}`],
  manifestTooLarge: [413, 'MANIFEST_INVALID', ({ limitBytes }) => `The manifest is larger than ${limitBytes} bytes`],
  manifestBlobsUnknown: [400, 'MANIFEST_BLOB_UNKNOWN', 'The manifest refers to a layer that the repository lacks'],
  manifestChildrenUnknown: [
    400,
    'MANIFEST_BLOB_UNKNOWN',
    ({ digests, name, registryId }) =>
      `Images with digests '[${digests.join(', ')}]' required for pushing image into repository with name '${name}' in the ${registryNamed(registryId)} do not exist`,
  ],
  imageDigestMismatch: [400, 'DIGEST_INVALID', ({ digest }) => `The bytes of the manifest do not hash to ${digest}`],
  imageTagImmutable: [
    409,
    'DENIED',
    ({ tag, name }) =>
      `The image tag '${tag}' already exists in the '${name}' repository and cannot be overwritten because the tag is immutable.`,
  ],
  imageProtected: [
    403,
    'DENIED',
    ({ tags, name }) => `The repository '${name}' protects tags of this image: [${tags.join(', ')}]`,
  ],
  imageReferenced: [
    405,
    'UNSUPPORTED',
    ({ parents }) => `Requested image referenced by manifest list: [${parents.join(', ')}]`,
  ],

  preconditionFailed: [
    412,
    'DENIED',
    ({ condition, reference, current }) =>
      `${condition} does not hold: '${reference}' ${current === undefined ? 'does not exist' : `is ${current}`}`,
  ],

  quotaExceeded: [403, 'DENIED', ({ quota, limit }) => `The quota on ${quota} is ${limit}`],
  accountQuotaExceeded: [
    403,
    'DENIED',
    ({ quota, limit, setting }) => `The account has no room: the quota on ${quota} is ${limit} (${setting})`,
  ],
  tooManyRequests: [429, 'TOOMANYREQUESTS', 'Rate exceeded (see --rate-limits of the server)'],

  credentialsMissing: [401, 'DENIED', 'Not Authorized'],
  credentialsRefused: [
    401,
    'UNAUTHORIZED',
    ({ reason }) =>
      reason === 'expired'
        ? 'Your authorization token has expired. Reauthenticate and try again.'
        : 'Your Authorization Token is invalid.',
  ],
  scopeInsufficient: [401, 'UNAUTHORIZED', ({ scope }) => `Your authorization token does not cover ${scope}`],
  forbidden: [
    403,
    'DENIED',
    ({ principal, action, resource, reason }) =>
      `${principal} is not authorized to perform: ${action} on resource: ${resource} ${DENIALS[reason]}`,
  ],
  tokenRequestInvalid: [400, 'UNSUPPORTED', ({ reason }) => reason],

  routeUnknown: [404, 'UNSUPPORTED', 'There is nothing at this path'],
  methodNotAllowed: [405, 'UNSUPPORTED', ({ allow }) => `The methods of this path are ${allow}`],
  unavailable: [503, 'UNAVAILABLE', ({ what }) => what],
  storageFull: [503, 'UNAVAILABLE', ({ what }) => what],
}

/** The answer to a problem on the registry endpoint, without the challenge of a 401. */
export function renderProblem(problem: Problem): ErrorAnswer {
  // The table's type ties each row to its kind; one look-up over the union cannot say so.
  const [status, code, words] = TABLE[problem.kind] as Row<Kind>
  const entry = (problem: Problem) => ({
    code,
    message: typeof words === 'string' ? words : (words as (problem: Problem) => string)(problem),
  })
  const entries =
    code === 'MANIFEST_BLOB_UNKNOWN' && 'digests' in problem
      ? problem.digests
          .slice(0, MISSING_NAMED)
          .map(digest => ({ ...entry({ ...problem, digests: [digest] }), detail: { digest } }))
      : [problem.kind === 'preconditionFailed' ? { ...entry(problem), detail: whatHolds(problem) } : entry(problem)]
  return render(status, entries, headersOf(problem))
}

/** Tells a client that wants to try again what is there now. */
function whatHolds({ reference, current }: ProblemOf<'preconditionFailed'>): Readonly<Record<string, string>> {
  return { reference, ...(current !== undefined && { digest: current }) }
}

/** The answer to an error that is no `Problem`. What happened is for the log only. */
export function renderUnknown(requestId: string): ErrorAnswer {
  return render(500, [{ code: 'UNKNOWN', message: 'Internal error', detail: { requestId } }], {})
}

function render(
  status: number,
  errors: readonly { code: Code; message: string; detail?: Readonly<Record<string, string>> }[],
  headers: OutgoingHttpHeaders,
): ErrorAnswer {
  headers['Content-Type'] = 'application/json'
  return { status, headers, body: JSON.stringify({ errors }) }
}

/** The headers from which clients read what the body says as well. */
function headersOf(problem: Problem): OutgoingHttpHeaders {
  switch (problem.kind) {
    case 'uploadOutOfOrder': {
      const { registryId, name, uploadId, nextByte } = problem
      return { Location: `/v2/${registryId}/${name}/blobs/uploads/${uploadId}`, Range: receivedRange(nextByte) }
    }
    case 'rangeNotSatisfiable':
      return { 'Content-Range': `bytes */${problem.sizeBytes}` }
    case 'methodNotAllowed':
      return { Allow: problem.allow }
    case 'contentCodingUnsupported':
      return { 'Accept-Encoding': 'identity' }
    case 'blobReferenced':
      return { Allow: 'GET, HEAD' }
    case 'imageReferenced':
      return { Allow: 'GET, HEAD, PUT' }
    case 'uploadBusy':
      return { 'Retry-After': 1 }
    case 'tooManyRequests':
    case 'unavailable':
    case 'storageFull':
      return { 'Retry-After': problem.retryAfterSeconds }
    default:
      return {}
  }
}
