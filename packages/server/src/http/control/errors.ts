import { errors, operations, SerializationError } from '@berth/model'
import { ecr, ecrErrors } from '@berth/model/ecr'
import type { Refusal } from '../../domain/iam/refusal.ts'
import { registryNamed } from '../../domain/names.ts'
import { ControlError, type ControlProblem, type CoreProblem, RegistryError } from '../../domain/problem.ts'

/** The HTTP status of each error that any AWS JSON service may answer. These errors are not part of a service model. */
const commonErrors = {
  AccessDeniedException: 400,
  IncompleteSignatureException: 400,
  InvalidSignatureException: 400,
  MethodNotAllowedException: 405,
  MissingAuthenticationTokenException: 400,
  RequestEntityTooLargeException: 413,
  RequestTimeoutException: 408,
  SerializationException: 400,
  ServiceUnavailableException: 503,
  ThrottlingException: 400,
  UnknownOperationException: 400,
  UnrecognizedClientException: 400,
  UnsupportedMediaTypeException: 415,
} as const

/** The exceptions of all services. Exceptions that two services name alike are alike. */
const modelledErrors = { ...errors, ...ecrErrors }

type ModelledName = keyof typeof modelledErrors

/** An error in the form of the wire. `members` are those that the model gives the exception besides its message. */
export interface ErrorAnswer {
  readonly status: number
  readonly name: ModelledName | keyof typeof commonErrors
  readonly message: string
  readonly members: Readonly<Record<string, string | number>>
}

/**
 * The kinds that no caller of this wire brings about. The model or a batch's own failures refuse such texts before
 * anybody parses them. Conditions, announced lengths and bearer tokens are headers of the registry endpoint.
 */
type NeverHere =
  | 'tagInvalid'
  | 'aliasInvalid'
  | 'accountIdInvalid'
  | 'uploadSizeMismatch'
  | 'preconditionFailed'
  | 'credentialsMissing'
  | 'credentialsRefused'

/** The problems that this wire can say. */
type Problem = Exclude<CoreProblem, { kind: NeverHere }> | ControlProblem
type Kind = Problem['kind']
type ProblemOf<K extends Kind> = Extract<Problem, { kind: K }>
type Row<K extends Kind> = readonly [
  name: ErrorAnswer['name'],
  message: string | ((problem: ProblemOf<K>) => string),
  members?: (problem: ProblemOf<K>) => ErrorAnswer['members'],
]

const parameter = (member: string, constraint: string) =>
  `Invalid parameter at '${member}' failed to satisfy constraint: '${constraint}'`
const listed = (items: readonly string[]) => `[${items.join(', ')}]`
const inRegistry = ({ name, registryId }: { name: string; registryId: string }) =>
  `the repository with name '${name}' in ${registryNamed(registryId)}`
/** ECR words its later messages with an article that the older ones lack. */
const inTheRegistry = ({ name, registryId }: { name: string; registryId: string }) =>
  `repository with name '${name}' in the ${registryNamed(registryId)}`
const UNKNOWN_TOKEN = 'The security token included in the request is invalid.'

/**
 * The members that say where an upload stands, so that its client can go on. Before the first byte there is none to
 * name.
 */
const partMembers = (part: { name: string; registryId: string; uploadId: string }, lastByte: number) => ({
  registryId: part.registryId,
  repositoryName: part.name,
  uploadId: part.uploadId,
  ...(lastByte >= 0 && { lastValidByteReceived: lastByte }),
})

/** Words a refusal as AWS does: the text says whose policies to look at. */
function refusal(reason: Refusal, action: string): string {
  switch (reason) {
    case 'explicitDeny':
      return 'with an explicit deny in a policy'
    case 'noAllow':
      return `because no identity-based policy allows the ${action} action`
    case 'noResourceAllow':
      return `because no resource-based policy allows the ${action} action`
  }
}

/** Says where an operation is that was looked for among those of Amazon ECR, as `aws ecr` does by a slip. */
function elsewhere(target: string): string {
  const [prefix, name = ''] = target.split('.')
  if (prefix !== ecr.targetPrefix || !Object.hasOwn(operations, name)) return ''
  return ` here. This is a registry of ECR Public: use \`aws ecr-public\` in place of \`aws ecr\`.`
}

const rows = {
  nameInvalid: ['InvalidParameterException', p => `'${p.text}' is no repository name`],
  parameterInvalid: ['InvalidParameterException', p => parameter(p.member, p.constraint)],
  requestMalformed: ['SerializationException', p => p.reason],
  bodyTooSlow: [
    'RequestTimeoutException',
    p => `The body must arrive within ${p.withinMs / 1000} s or, if it is larger than 4 MiB, bring 64 KiB a second`,
  ],
  contentCodingUnsupported: [
    'UnsupportedMediaTypeException',
    p => `The body has the Content-Encoding ${p.coding.slice(0, 100)}, which is not undone here: send it without`,
  ],
  bodyTooLarge: ['RequestEntityTooLargeException', p => `The request must not exceed ${p.limitBytes} bytes`],

  registryNotFound: ['RegistryNotFoundException', p => `The ${registryNamed(p.registryId)} does not exist`],
  repositoryNotFound: [
    'RepositoryNotFoundException',
    p => `The repository with name '${p.name}' does not exist in the ${registryNamed(p.registryId)}`,
  ],
  repositoryExists: [
    'RepositoryAlreadyExistsException',
    p => `The repository with name '${p.name}' already exists in the ${registryNamed(p.registryId)}`,
  ],
  repositoryNotEmpty: [
    'RepositoryNotEmptyException',
    p =>
      `The repository with name '${p.name}' in ${registryNamed(p.registryId)} cannot be deleted because it still contains images`,
  ],
  repositoryProtected: [
    'RepositoryNotEmptyException',
    p => `${inRegistry(p).replace('the', 'The')} cannot be deleted because it protects the tags ${listed(p.tags)}`,
  ],
  repositoryPolicyNotFound: [
    'RepositoryPolicyNotFoundException',
    p =>
      `Repository policy does not exist for the repository with name '${p.name}' in the ${registryNamed(p.registryId)}`,
  ],
  catalogDataNotFound: [
    'RepositoryCatalogDataNotFoundException',
    p => `Catalog data does not exist for the repository with name '${p.name}' in the ${registryNamed(p.registryId)}`,
  ],
  lifecyclePolicyNotFound: [
    'LifecyclePolicyNotFoundException',
    p =>
      `Lifecycle policy does not exist for the repository with name '${p.name}' in the ${registryNamed(p.registryId)}`,
  ],
  lifecyclePreviewNotFound: [
    'LifecyclePolicyPreviewNotFoundException',
    p =>
      `There is no lifecycle policy preview for the repository with name '${p.name}' in the ${registryNamed(p.registryId)}`,
  ],

  uploadUnknown: [
    'UploadNotFoundException',
    p => `The upload with id '${p.uploadId}' does not exist in ${inRegistry(p)}`,
  ],
  uploadOutOfOrder: [
    'InvalidLayerPartException',
    p =>
      `The layer part of the upload with id '${p.uploadId}' in ${inRegistry(p)} is not valid: its first byte must be ${p.nextByte}`,
    p => partMembers(p, p.nextByte - 1),
  ],
  uploadBusy: ['ThrottlingException', p => `Another request is at work on the upload with id '${p.uploadId}'`],
  uploadEmpty: [
    'EmptyUploadException',
    p =>
      `The upload with id '${p.uploadId}' in ${inRegistry(p)} cannot be completed because it does not have any parts`,
  ],
  digestMismatch: ['InvalidLayerException', 'None of the provided layer digests match the calculated layer digest'],
  layerExists: [
    'LayerAlreadyExistsException',
    p => `The layer with digest '${p.digest}' already exists in ${inRegistry(p)}`,
  ],
  layerPartInvalid: [
    'InvalidLayerPartException',
    p => `The layer part of the upload with id '${p.uploadId}' in ${inRegistry(p)} is not valid: ${p.reason}`,
    p => partMembers(p, p.lastByte),
  ],
  layerPartTooSmall: ['LayerPartTooSmallException', 'All layer parts except the last part should be at least 5MB'],

  manifestInvalid: [
    'InvalidParameterException',
    p => parameter('imageManifest', `Invalid image manifest: ${p.reason}`),
  ],
  manifestTooLarge: [
    'InvalidParameterException',
    p => parameter('imageManifest', `Member must have length less than or equal to ${p.limitBytes}`),
  ],
  manifestBlobsUnknown: [
    'LayersNotFoundException',
    p => `Layers with digests '${listed(p.digests)}' required for pushing image into ${inTheRegistry(p)} do not exist`,
  ],
  manifestChildrenUnknown: [
    'ReferencedImagesNotFoundException',
    p => `Images with digests '${listed(p.digests)}' required for pushing image into ${inTheRegistry(p)} do not exist`,
  ],
  imageDigestMismatch: [
    'ImageDigestDoesNotMatchException',
    p =>
      `The image with digest '${p.digest}' in repository '${p.name}' and registry ID '${p.registryId}' does not match the image digest that Amazon ECR has calculated.`,
  ],
  imageExists: [
    'ImageAlreadyExistsException',
    ({ digest, tag, ...where }) =>
      `Image with digest '${digest}'${tag === undefined ? '' : ` and tag '${tag}'`} already exists in ${inRegistry(where)}`,
  ],
  imageNotFound: [
    'ImageNotFoundException',
    p =>
      `The image with imageId {imageDigest:'${p.digest ?? 'null'}', imageTag:'${p.tag ?? 'null'}'} does not exist within the ${inTheRegistry(p)}`,
  ],
  imageTagImmutable: [
    'ImageTagAlreadyExistsException',
    p =>
      `The image tag '${p.tag}' already exists in ${inRegistry(p)} and cannot be overwritten because the tag is immutable.`,
  ],

  quotaExceeded: [
    'LimitExceededException',
    p => `The quota of ${p.limit} for ${p.quota} would be exceeded by ${inRegistry(p)}`,
  ],
  accountQuotaExceeded: [
    'LimitExceededException',
    p => `The quota of ${p.limit} for ${p.quota} of the account is used up (${p.setting} of the server)`,
  ],
  resourceTagsTooMany: ['TooManyTagsException', p => `A repository cannot have more than ${p.limit} resource tags`],
  resourceTagInvalid: ['InvalidTagParameterException', p => `Invalid resource tag: ${p.reason}`],
  tooManyRequests: ['ThrottlingException', 'Rate exceeded'],

  forbidden: [
    'AccessDeniedException',
    ({ principal, action, resource, reason }) =>
      `User: ${principal} is not authorized to perform: ${action} on resource: ${resource} ${refusal(reason, action)}`,
  ],
  signatureMissing: ['MissingAuthenticationTokenException', 'Missing Authentication Token'],
  signatureIncomplete: ['IncompleteSignatureException', p => p.reason],
  signatureMismatch: ['InvalidSignatureException', p => p.reason],
  accessKeyUnknown: ['UnrecognizedClientException', UNKNOWN_TOKEN],

  operationUnknown: ['UnknownOperationException', p => `There is no operation '${p.name}'${elsewhere(p.name)}`],
  regionUnsupported: ['UnsupportedCommandException', p => `${p.operation} command is only supported in us-east-1.`],
  operationOff: ['UnsupportedCommandException', p => `${p.operation} is not to be had here: ${p.why}`],
  methodNotAllowed: ['MethodNotAllowedException', p => `The method must be ${p.allow}`],
  unavailable: ['ServiceUnavailableException', p => p.what],
  storageFull: ['ServiceUnavailableException', p => p.what],
} as const satisfies { [K in Kind]: Row<K> }

/** The answer to an error; undefined for one that no caller may learn of. */
export function answerTo(error: unknown): ErrorAnswer | undefined {
  if (error instanceof SerializationError) return answer('SerializationException', error.message)
  const isOurs = error instanceof RegistryError || error instanceof ControlError
  return isOurs && isSaid(error.problem) ? answerToProblem(error.problem) : undefined
}

const isSaid = (problem: CoreProblem | ControlProblem): problem is Problem => Object.hasOwn(rows, problem.kind)

export const serverException = answer('ServerException', 'The service failed. Quote the request id to its operator.')

function answerToProblem(problem: Problem): ErrorAnswer {
  // The table ties each kind to its own row, which TypeScript cannot follow through a look-up.
  const [name, message, members] = rows[problem.kind] as unknown as Row<Kind>
  return answer(name, typeof message === 'string' ? message : message(problem), members?.(problem))
}

function answer(name: ErrorAnswer['name'], message: string, members: ErrorAnswer['members'] = {}): ErrorAnswer {
  const status =
    name in commonErrors ? commonErrors[name as keyof typeof commonErrors] : modelledErrors[name as ModelledName].status
  return { status, name, message, members }
}
