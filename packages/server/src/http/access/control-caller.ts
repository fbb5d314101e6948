import type { IncomingMessage } from 'node:http'
import type { Actor } from '../../domain/actor.ts'
import type { BearerTokenFacts } from '../../domain/iam/request-context.ts'
import type { AccountId, RepositoryName } from '../../domain/names.ts'
import type { Holder } from '../../ports/memory.ts'
import type { RepositoryRow, ResourceTag } from '../../ports/rows/repositories/repositories.ts'
import type { Confirm } from '../../registry/context.ts'

/** What an action is done to, as policies name it. */
export type Resource =
  /** `*`: actions that no resource can be named for. */
  | { readonly kind: 'any' }
  | { readonly kind: 'registry'; readonly accountId: AccountId }
  /** `row` is undefined where the repository is not there (yet): then only the caller's own policies speak. */
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
  /** Keys that the call takes away (`aws:TagKeys`). */
  readonly tagKeys?: readonly string[] | undefined
  /** The token that the call asks for (`sts:AWSServiceName`, `sts:DurationSeconds`). */
  readonly bearerToken?: BearerTokenFacts | undefined
}

/** What a request asks for. */
export interface Asked {
  readonly operation: string
  /** The service that the request must be signed for. */
  readonly signingName: string
  /** Whether a signature for any region is good: the answer is the same in all of them. */
  readonly takesAnyRegion?: boolean
}

/** Who is asking on the control API. */
export interface ControlAccess {
  /**
   * Verifies the request's signature, its service and body included, and counts the request. The body's SHA-256, in
   * lower-case hex, is asked for only once the signer's key is known: others cannot make the server read one.
   * @throws ProblemError `signatureMissing`, `signatureIncomplete`, `signatureMismatch`, `accessKeyUnknown`,
   * `regionUnsupported`, `tooManyRequests`
   */
  authenticate(request: IncomingMessage, bodySha256: () => Promise<string>, asked: Asked): Promise<ControlCaller>
  /** Counts a request that is refused before anybody asks whose it is. @throws RegistryError `tooManyRequests` */
  countStranger(request: IncomingMessage): Promise<void>
}

export interface ControlCaller {
  readonly accountId: AccountId
  readonly userName: string
  /** The unique id behind `aws:userid`. */
  readonly userId: string
  readonly accessKeyId: string
  /** The caller as the audit log names it. */
  readonly actor: Actor
  /** For whom memory is held that the call takes. */
  readonly holder: Holder
  /**
   * Asks the policies of the caller and of the resource for each action; with its prefix, as
   * `ecr-public:BatchDeleteImage`.
   * @returns what asks the same again in a transaction
   * @throws RegistryError `forbidden`
   */
  require(actions: string | readonly string[], resource: Resource, facts?: CallFacts): Confirm
  /** True where the policies, with the repository's as `after` has it, would still let the caller do the action. */
  wouldAllow(
    action: string,
    resource: Resource,
    after: Pick<RepositoryRow, 'policyText' | 'policyPrincipals' | 'resourceTags'>,
  ): boolean
  /** For how long a password is good that is issued now. */
  readonly passwordSeconds: number
  /** A registry password for this caller, as GetAuthorizationToken gives it. */
  issuePassword(): Promise<{ password: string; expiresAt: number }>
}
