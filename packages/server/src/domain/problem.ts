import type { Refusal } from './iam/refusal.ts'
/**
 * Everything that can go wrong for a caller, as data, by who can hear of it. The words are made where they are said,
 * one row a kind: `http/oci/errors.ts`, `http/control/errors.ts`, `http/gallery/errors.ts`, `admin/errors.ts`.
 * Each has rows for the kinds that it can say, and knows the errors that carry these alone; a kind without a row does
 * not compile.
 */
export type Problem = CoreProblem | ControlProblem | OciProblem | GalleryProblem | AdminProblem

/** What any surface may say. */
export type CoreProblem =
  // Names and values that break their grammar
  /** `reason` says what is wrong with the name, where more is known than that it breaks the grammar. */
  | { kind: 'nameInvalid'; text: string; reason?: string | undefined }
  | { kind: 'tagInvalid'; text: string }
  | { kind: 'aliasInvalid'; text: string }
  | { kind: 'accountIdInvalid'; text: string }
  /** `member` is the API member's path; `constraint` is a sentence such as "Member must not be null". */
  | { kind: 'parameterInvalid'; member: string; constraint: string }
  // Requests
  | { kind: 'requestMalformed'; reason: string }
  | { kind: 'bodyTooLarge'; limitBytes: number }
  /** The body has a `Content-Encoding` that is not undone. */
  | { kind: 'contentCodingUnsupported'; coding: string }
  /** The body was not complete within that time or, where it is long, did not bring 64 KiB a second. */
  | { kind: 'bodyTooSlow'; withinMs: number }
  | { kind: 'methodNotAllowed'; allow: string }
  | { kind: 'tooManyRequests'; retryAfterSeconds: number }
  // Who may do what
  | { kind: 'credentialsMissing' }
  /** A bearer token, password or Basic pair that is unknown, expired, revoked or forged. */
  | { kind: 'credentialsRefused'; reason: 'invalid' | 'expired' | 'revoked' }
  | { kind: 'forbidden'; principal: string; action: string; resource: string; reason: Refusal }
  // Repositories; `registryId` is an account id on the control API, an alias on the registry endpoint
  | { kind: 'repositoryNotFound'; name: string; registryId: string }
  | { kind: 'repositoryExists'; name: string; registryId: string }
  // Uploads
  | { kind: 'uploadUnknown'; uploadId: string; name: string; registryId: string }
  /** The upload goes on at `nextByte`. Nothing of the request was kept. */
  | { kind: 'uploadOutOfOrder'; uploadId: string; nextByte: number; name: string; registryId: string }
  | { kind: 'uploadBusy'; uploadId: string }
  | { kind: 'uploadSizeMismatch'; expectedBytes: number; receivedBytes: number }
  /** The bytes of an upload hash to none of the digests given. */
  | { kind: 'digestMismatch'; given: readonly string[]; computed: string }
  /** The repository has already the blob that the upload was to bring. */
  | { kind: 'layerExists'; digest: string; name: string; registryId: string }
  // Manifests and images
  | { kind: 'manifestInvalid'; reason: string }
  | { kind: 'manifestTooLarge'; limitBytes: number }
  | { kind: 'manifestBlobsUnknown'; digests: readonly string[]; name: string; registryId: string }
  | { kind: 'manifestChildrenUnknown'; digests: readonly string[]; name: string; registryId: string }
  | { kind: 'imageDigestMismatch'; digest: string; name: string; registryId: string }
  /** The repository's owner keeps the tag where it is (`settings.immutableTags`). */
  | { kind: 'imageTagImmutable'; tag: string; digest: string; name: string; registryId: string }
  /** A condition of the request does not hold for a tag or digest; `current` is where that leads, if anywhere. */
  | {
      kind: 'preconditionFailed'
      condition: 'If-Match' | 'If-None-Match'
      reference: string
      current: string | undefined
    }
  // Limits
  | { kind: 'quotaExceeded'; quota: string; limit: number; name: string; registryId: string }
  /** `setting` is the server's flag that says how much an account may have. */
  | { kind: 'accountQuotaExceeded'; quota: string; limit: number; setting: string }
  | { kind: 'resourceTagsTooMany'; limit: number }
  | { kind: 'resourceTagInvalid'; reason: string }
  // Stores
  /** A store cannot take the write or answer now; `what` is a sentence for a person. */
  | { kind: 'unavailable'; what: string; retryAfterSeconds: number }
  /** A disk that has no room left; `what` says which one. What frees some is never refused for it in advance. */
  | { kind: 'storageFull'; what: string; retryAfterSeconds: number }

/** What the control API alone says. */
export type ControlProblem =
  // Registries and repositories
  | { kind: 'registryNotFound'; registryId: string }
  | { kind: 'repositoryNotEmpty'; name: string; registryId: string }
  /** The repository's owner protects these tags, and so the repository that has them. */
  | { kind: 'repositoryProtected'; tags: readonly string[]; name: string; registryId: string }
  | { kind: 'repositoryPolicyNotFound'; name: string; registryId: string }
  | { kind: 'catalogDataNotFound'; name: string; registryId: string }
  | { kind: 'lifecyclePolicyNotFound'; name: string; registryId: string }
  | { kind: 'lifecyclePreviewNotFound'; name: string; registryId: string }
  // Layers
  | { kind: 'uploadEmpty'; uploadId: string; name: string; registryId: string }
  | { kind: 'layerPartInvalid'; reason: string; uploadId: string; name: string; registryId: string; lastByte: number }
  | { kind: 'layerPartTooSmall' }
  // Images
  | { kind: 'imageExists'; digest: string; tag: string | undefined; name: string; registryId: string }
  | { kind: 'imageNotFound'; digest: string | undefined; tag: string | undefined; name: string; registryId: string }
  // Signatures and operations
  | { kind: 'signatureMissing' }
  | { kind: 'signatureIncomplete'; reason: string }
  | { kind: 'signatureMismatch'; reason: string }
  | { kind: 'accessKeyUnknown' }
  | { kind: 'operationUnknown'; name: string }
  | { kind: 'regionUnsupported'; operation: string }
  /** Whoever runs the server has turned off what the operation is about. `why` is a sentence. */
  | { kind: 'operationOff'; operation: string; why: string }

/** What the registry endpoint alone says. */
export type OciProblem =
  // Paths and tokens
  | { kind: 'routeUnknown' }
  /** No repository can have this path, where the request asks for one that may be there. */
  | { kind: 'pathUnknown'; text: string }
  /** The token is good, but was not issued for this repository and verb. */
  | { kind: 'scopeInsufficient'; scope: string }
  /** `error` is OAuth2's word for the fault (RFC 6749, section 5.2). */
  | { kind: 'tokenRequestInvalid'; error: 'invalid_request' | 'unsupported_grant_type'; reason: string }
  // Digests
  | { kind: 'digestInvalid'; text: string }
  /** The digest is well formed, but nothing can be stored under its algorithm. `text` may be the algorithm alone. */
  | { kind: 'digestUnsupported'; text: string }
  // Blobs
  | { kind: 'blobUnknown'; digest: string }
  /** A live manifest refers to the blob, so the repository cannot let it go. */
  | { kind: 'blobReferenced'; digest: string }
  | { kind: 'rangeNotSatisfiable'; sizeBytes: number }
  // Manifests
  | { kind: 'manifestUnknown'; reference: string }
  /** The repository's owner protects these tags, and so the image that has them. */
  | { kind: 'imageProtected'; tags: readonly string[]; name: string; registryId: string }
  /** `parents` are the digests of the live indexes that list the image. */
  | { kind: 'imageReferenced'; digest: string; parents: readonly string[] }

/** What the gallery's pages alone say. */
export type GalleryProblem =
  /** A path that no page can have. */
  | { kind: 'pageUnknown'; path: string }
  | { kind: 'publisherNotFound'; alias: string }
  /** The path names no image, repository or publisher that is there. */
  | { kind: 'textUnknown'; text: string }
  /** A tag or digest that the repository does not have. */
  | { kind: 'imageUnknown'; reference: string; name: string; registryId: string }
  /**
   * A form that did not come from a page of this server: it was sent to another name, from another site, or without the
   * token of whoever was shown it.
   */
  | { kind: 'formRefused'; reason: 'host' | 'site' | 'token' }
  /**
   * A sign-in over HTTP that passes a network, or may do so. `relayedFrom` is the loopback origin that the browser
   * asked, where something else than the browser has come to the server.
   */
  | { kind: 'plainHttp'; relayedFrom: string | undefined }
  /** A sign-in link, good for one sign-in, that was used or not used in time. */
  | { kind: 'linkOver' }
  /** The session was over when its form came. */
  | { kind: 'sessionOver' }
  /** The form would overwrite something that has changed since the form was made. */
  | { kind: 'changedSince'; what: string }

/** What `berthd admin` alone says. */
export type AdminProblem =
  | { kind: 'accountExists'; accountId: string }
  | { kind: 'accountNotFound'; accountId: string }
  | { kind: 'aliasExists'; alias: string }
  | { kind: 'aliasNotFound'; alias: string }
  | { kind: 'aliasInUse'; alias: string; reason: string }
  /** The server itself answers under the path that the alias would have. */
  | { kind: 'aliasReserved'; alias: string }
  | { kind: 'userExists'; accountId: string; userName: string }
  | { kind: 'userNotFound'; accountId: string; userName: string }
  | { kind: 'userPolicyNotFound'; userName: string; policyName: string }
  | { kind: 'accessKeyNotFound'; accessKeyId: string }

export type ProblemKind = Problem['kind']
export type ProblemOf<Kind extends ProblemKind> = Extract<Problem, { kind: Kind }>

/** A problem on its way to its caller. `cause` goes to the log, never to a client. The classes below are thrown. */
export abstract class ProblemError<Said extends Problem = Problem> extends Error {
  readonly problem: Said

  constructor(problem: Said, options?: { cause?: unknown }) {
    super(problem.kind, options)
    this.name = new.target.name
    this.problem = problem
  }
}

/** Says what any surface may say. */
export class RegistryError extends ProblemError<CoreProblem> {}
/** Says what the control API alone says. */
export class ControlError extends ProblemError<ControlProblem> {}
/** Says what the registry endpoint alone says. */
export class OciError extends ProblemError<OciProblem> {}
/** Says what the gallery's pages alone say. */
export class GalleryError extends ProblemError<GalleryProblem> {}
/** Says what `berthd admin` alone says. */
export class AdminError extends ProblemError<AdminProblem> {}

/** True where `error` carries a problem of that kind. */
export function isProblem<Kind extends ProblemKind>(
  error: unknown,
  kind: Kind,
): error is ProblemError & { readonly problem: ProblemOf<Kind> } {
  return error instanceof ProblemError && error.problem.kind === kind
}

/** A store or a disk that may do its part later. */
export const isOutage = (
  error: unknown,
): error is ProblemError & { readonly problem: ProblemOf<'unavailable' | 'storageFull'> } =>
  isProblem(error, 'unavailable') || isProblem(error, 'storageFull')
