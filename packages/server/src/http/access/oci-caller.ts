import type { IncomingMessage } from 'node:http'
import type { Actor } from '../../domain/actor.ts'
import type { ImagePath } from '../../domain/image-path.ts'
import type { Holder } from '../../ports/memory.ts'
import type { FoundByAlias, RepositoryRow } from '../../ports/rows/repositories/repositories.ts'
import type { ReadAction } from '../../registry/access/rate-plans.ts'
import type { Confirm, RepositoryRef } from '../../registry/context.ts'

/** The verbs of the registry endpoint for what a request does to a repository. */
export type Verb = 'pull' | 'push' | 'delete'

/** The IAM actions that the registry endpoint asks for; pulling has none, as on ECR Public. */
export type OciAction =
  | 'CreateRepository'
  | 'InitiateLayerUpload'
  | 'UploadLayerPart'
  | 'CompleteLayerUpload'
  | 'PutImage'
  | 'BatchDeleteImage'

/** Finds out who asks on the registry endpoint. */
export interface OciAccess {
  /**
   * Finds out who asks, and counts the request as `reading`. Where that is undefined, the actions given to `require`
   * count.
   * @throws RegistryError `credentialsMissing`, `credentialsRefused`, `tooManyRequests`
   */
  authenticate(request: IncomingMessage, reading: ReadAction | undefined): Promise<OciCaller>
}

/** One authenticated caller, anonymous or a user. */
export interface OciCaller {
  /** The caller as the audit log names it. */
  readonly actor: Actor
  /** The holder for whom the memory counts that the request takes. */
  readonly holder: Holder
  /** Whether the token's scopes, if it has any, cover the verb on that path. */
  inScope(path: ImagePath, verb: Verb): boolean
  /**
   * What a push to that path would find. The question is neither counted nor refused. Undefined for a caller whose
   * token lets it push nothing there.
   * @throws RegistryError `repositoryNotFound`
   */
  lookToPush(path: ImagePath): Promise<PushOutlook | undefined>
  /**
   * Asks the policies of caller and repository for the action, also where the repository is not there (yet).
   * @throws ProblemError `credentialsMissing` for an anonymous caller, `scopeInsufficient`, `tooManyRequests`,
   * `forbidden`, and `repositoryNotFound` when the alias leads nowhere
   */
  require(path: ImagePath, verb: 'push' | 'delete', action: OciAction): Promise<Allowed>
}

export interface PushOutlook {
  readonly repository: RepositoryRow
  /** Whether the policies let the caller push a manifest there. */
  readonly isAllowed: boolean
}

/** What a caller was allowed to do, and in which repository. */
export interface Allowed {
  readonly registry: FoundByAlias['registry']
  /** The repository; undefined where it is not there. */
  readonly repository: RepositoryRef | undefined
  readonly confirm: Confirm
  /**
   * Asks for one more action on the repository that was found, without looking it up again.
   * @throws RegistryError `tooManyRequests`, `forbidden`
   */
  also(action: OciAction): Promise<Confirm>
}
