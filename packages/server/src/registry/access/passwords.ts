import { LruCache } from '../../domain/lru-cache.ts'
import { RegistryError } from '../../domain/problem.ts'
import type { TokenClaims, TokenSubject } from '../../domain/tokens/claims.ts'
import { narrowScopes, type TokenScopes } from '../../domain/tokens/scope.ts'
import { issueToken, verifyToken } from '../../domain/tokens/token.ts'
import type { Rows } from '../../ports/metadata-store.ts'
import type { AccessKeyRow, Principal } from '../../ports/rows/access/access-keys.ts'
import type { RegistryContext } from '../context.ts'
import { LONGEST_TOKEN_MS, type SigningKeys } from './signing-keys.ts'

/**
 * Tokens whose signature was checked lately, and their scopes: an HMAC and two JSON documents saved on each pull.
 * Scopes count too, because anyone gets a token with hundreds of them.
 */
const KNOWN_TOKENS_AND_SCOPES = 10_000

/** By how much a clock may be set back for what it has issued to stay good. */
const SLACK_MS = 60 * 60 * 1000

export interface Lifetimes {
  readonly userMs: number
  readonly anonymousMs: number
}

/** The contents of a token whose signature is good. */
export interface ReadToken {
  readonly claims: TokenClaims
  /** The id of the key that signed the token. */
  readonly keyId: string
}

/** The holder of a good token: a principal, or nobody in particular. */
export interface TokenHolder {
  readonly principal: Principal | undefined
  readonly scopes: TokenScopes
  readonly expiresAt: number
  /** The key that signed the token. */
  readonly signingKeyId: string
}

/** Registry passwords and bearer tokens. This class issues them, and checks them against what was revoked since. */
export class Passwords {
  readonly #context: RegistryContext
  readonly #keys: SigningKeys
  readonly #lifetimes: Lifetimes
  readonly #known = new LruCache<string, ReadToken>(
    KNOWN_TOKENS_AND_SCOPES,
    ({ claims }) => 1 + (claims.scopes?.length ?? 0),
  )

  constructor(context: RegistryContext, keys: SigningKeys, lifetimes: Lifetimes) {
    this.#context = context
    this.#keys = keys
    this.#lifetimes = lifetimes
  }

  /** How long a user's password is good, in seconds. */
  get userSeconds(): number {
    return Math.floor(this.#lifetimes.userMs / 1000)
  }

  /** A password for the user of that key, as GetAuthorizationToken gives it. It reaches every repository. */
  forUser({ accessKey }: Principal): Promise<{ password: string; expiresAt: number }> {
    const { accountId, userName, accessKeyId } = accessKey
    const expiresAt = this.#context.clock.now() + this.#lifetimes.userMs
    return this.#issue({ kind: 'user', accountId, userName, accessKeyId }, expiresAt, undefined)
  }

  /**
   * A bearer token for the holder of `from`, or for nobody. It lives no longer and reaches no further than the token
   * or password it was changed for.
   */
  async bearer(
    from: TokenHolder | undefined,
    scopes: TokenScopes,
  ): Promise<{ password: string; expiresAt: number; issuedAt: number }> {
    const issuedAt = this.#context.clock.now()
    const key = from?.principal?.accessKey
    if (from === undefined || key === undefined)
      return { ...(await this.#issue({ kind: 'anonymous' }, issuedAt + this.#lifetimes.anonymousMs, scopes)), issuedAt }
    const { accountId, userName, accessKeyId } = key
    const narrowed = narrowScopes(from.scopes, scopes)
    return {
      ...(await this.#issue({ kind: 'user', accountId, userName, accessKeyId }, from.expiresAt, narrowed)),
      issuedAt,
    }
  }

  /** The holder of a token, looked up in the rows. @throws RegistryError `credentialsRefused` */
  async verify(token: string): Promise<TokenHolder> {
    const known = this.#known.get(token)
    if (known !== undefined) return this.holder(known)
    // The signing key was good when the signature was checked, just now. The keys are not listed once more.
    return this.#holderNow(await this.#read(token))
  }

  /** As `read`, without waiting, for a token whose signature was checked lately; undefined for any other. */
  known(token: string): ReadToken | undefined {
    return this.#known.get(token)
  }

  /** Reads a token. It is not asked whether the token was revoked. @throws RegistryError `credentialsRefused` */
  async read(token: string): Promise<ReadToken> {
    return this.#known.get(token) ?? (await this.#read(token))
  }

  /** The holder of a token of which nothing was revoked. @throws RegistryError `credentialsRefused` */
  async holder(token: ReadToken): Promise<TokenHolder> {
    if (!(await this.#keys.isGood(token.keyId))) throw refused('revoked')
    return await this.#holderNow(token)
  }

  /**
   * The access key of a password that was good until it expired: nobody revoked its signing key, and the access key is
   * still active. Undefined for everything else, also for a password older than the signing keys that are kept (some
   * eight weeks).
   */
  async expiredLogin(token: string): Promise<AccessKeyRow | undefined> {
    const keys = await this.#keys.withExpired()
    const result = verifyToken(token, id => keys.get(id), this.#context.clock.now())
    if (result.ok || result.reason !== 'expired') return undefined
    const { subject, scopes } = result.claims
    if (subject.kind !== 'user' || scopes !== undefined) return undefined
    const principal = await this.#context.metadata.rows.accessKeys.principal(subject.accessKeyId)
    return principal?.accessKey.active === true ? principal.accessKey : undefined
  }

  /** The holder of a token whose signing key is good. */
  async #holderNow({ claims, keyId }: ReadToken): Promise<TokenHolder> {
    const now = this.#context.clock.now()
    if (now >= claims.expiresAtMs) throw refused('expired')
    // Nobody gets a token for as long: a clock that was wrong has issued this one.
    if (claims.expiresAtMs > now + LONGEST_TOKEN_MS + SLACK_MS) throw refused('invalid')
    const { subject, scopes, expiresAtMs: expiresAt } = claims
    if (subject.kind === 'anonymous') return { principal: undefined, scopes, expiresAt, signingKeyId: keyId }
    const principal = await this.#context.metadata.rows.accessKeys.principal(subject.accessKeyId)
    if (principal?.accessKey.active !== true) throw refused('revoked')
    return { principal, scopes, expiresAt, signingKeyId: keyId }
  }

  /**
   * The principal of a token that was good when its request began, as a transaction sees the principal now. A token
   * that has expired meanwhile still counts: a request that began in time may finish.
   * @throws RegistryError `credentialsMissing`, `credentialsRefused`
   */
  async again(rows: Rows, { principal, signingKeyId }: TokenHolder): Promise<Principal> {
    if (principal === undefined) throw new RegistryError({ kind: 'credentialsMissing' })
    const signingKeys = await rows.signingKeys.list()
    const found = await rows.accessKeys.principal(principal.accessKey.accessKeyId)
    if (found?.accessKey.active !== true || !signingKeys.some(key => key.id === signingKeyId)) throw refused('revoked')
    return found
  }

  async #read(token: string): Promise<ReadToken> {
    const keys = await this.#keys.all()
    let keyId = ''
    const result = verifyToken(
      token,
      id => {
        keyId = id
        return keys.get(id)
      },
      this.#context.clock.now(),
    )
    if (!result.ok) throw refused(result.reason)
    const known = { claims: result.claims, keyId }
    this.#known.set(token, known)
    return known
  }

  async #issue(
    subject: TokenSubject,
    expiresAt: number,
    scopes: TokenScopes,
  ): Promise<{ password: string; expiresAt: number }> {
    const claims: TokenClaims = {
      version: 1,
      subject,
      issuedAtMs: this.#context.clock.now(),
      expiresAtMs: expiresAt,
      ...(scopes !== undefined && { scopes }),
    }
    return { password: issueToken(claims, await this.#keys.current()), expiresAt }
  }
}

function refused(reason: 'invalid' | 'expired' | 'revoked'): RegistryError {
  return new RegistryError({ kind: 'credentialsRefused', reason })
}
