import type { IncomingMessage } from 'node:http'
import type { Actor } from '../../domain/actor.ts'
import type { BearerTokenFacts } from '../../domain/iam/request-context.ts'
import type { AccountId, RepositoryName } from '../../domain/names.ts'
import type { Holder } from '../../ports/memory.ts'
import type { RepositoryRow, ResourceTag } from '../../ports/rows/repositories/repositories.ts'
import type { Circumstances } from '../../registry/access/authorize.ts'
import type { Confirm } from '../../registry/context.ts'

/** The resource of an action, as policies name it. */
export type Resource =
  /** `*`: for actions that can name no resource. */
  | { readonly kind: 'any' }
  | { readonly kind: 'registry'; readonly accountId: AccountId }
  /** `row` is undefined where the repository is not there (yet). Then only the caller's own policies decide. */
  | {
      readonly kind: 'repository'
      readonly accountId: AccountId
      readonly name: RepositoryName | '*'
      readonly row: RepositoryRow | undefined
    }

/** Condition keys that only the call itself knows. */
export interface CallFacts {
  /** Tags that the call sets (`aws:RequestTag`, `aws:TagKeys`). */
  readonly requestTags?: readonly ResourceTag[] | undefined
  /** Keys of tags that the call removes (`aws:TagKeys`). */
  readonly tagKeys?: readonly string[] | undefined
  /** The token that the call asks for (`sts:AWSServiceName`, `sts:DurationSeconds`). */
  readonly bearerToken?: BearerTokenFacts | undefined
}

/** What a request asks for. */
export interface Asked {
  readonly operation: string
  /** The service that the request must be signed for. */
  readonly signingName: string
  /** Whether a signature for any region is good, because the answer is the same in all of them. */
  readonly takesAnyRegion?: boolean
}

/** Finds out who asks on the control API. */
export interface ControlAccess {
  /**
   * Verifies the request's signature, with its service and body, and counts the request. The body's SHA-256, in
   * lower-case hex, is asked for only once the signer's key is known: nobody else can make the server read a body.
   * @throws ProblemError `signatureMissing`, `signatureIncomplete`, `signatureMismatch`, `accessKeyUnknown`,
   * `regionUnsupported`, `tooManyRequests`
   */
  authenticate(request: IncomingMessage, bodySha256: () => Promise<string>, asked: Asked): Promise<ControlCaller>
  /** Counts a request that is refused before its signature is looked at. @throws RegistryError `tooManyRequests` */
  countStranger(request: IncomingMessage): Promise<void>
}

export interface ControlCaller {
  readonly accountId: AccountId
  readonly userName: string
  /** The unique id of the user, which `aws:userid` gives. */
  readonly userId: string
  readonly accessKeyId: string
  /** The caller as the audit log names it. */
  readonly actor: Actor
  /** The holder for whom the memory counts that the call takes. */
  readonly holder: Holder
  /**
   * Asks the policies of the caller and of the resource for each action, named with its service:
   * `ecr-public:BatchDeleteImage`. Returns a function that asks the same again in a transaction.
   * @throws RegistryError `forbidden`
   */
  require(actions: string | readonly string[], resource: Resource, facts?: CallFacts): Confirm
  /** Whether the caller could still do the action once the repository is as `after` says. */
  wouldAllow(
    action: string,
    resource: Resource,
    after: Pick<RepositoryRow, 'policyText' | 'policyPrincipals' | 'resourceTags'>,
  ): boolean
  /** How the request came, for work that goes on after it. */
  readonly circumstances: Circumstances
  /** How long a password that is issued now is good, in seconds. */
  readonly passwordSeconds: number
  /** A registry password for this caller, as GetAuthorizationToken gives it. */
  issuePassword(): Promise<{ password: string; expiresAt: number }>
}
