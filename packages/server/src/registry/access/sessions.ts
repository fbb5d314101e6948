import { randomBytes } from 'node:crypto'
import { GalleryError } from '../../domain/problem.ts'
import { issueSession, type SessionClaims, verifySession } from '../../domain/tokens/session.ts'
import type { Rows } from '../../ports/metadata-store.ts'
import type { Principal } from '../../ports/rows/access/access-keys.ts'
import type { RegistryContext } from '../context.ts'
import { inPieces } from '../pace.ts'
import type { SigningKeys } from './signing-keys.ts'

const HOUR_MS = 60 * 60 * 1000
const LONGEST_MS = 12 * HOUR_MS

/** A session that is good now. */
export interface Session {
  readonly id: string
  readonly principal: Principal
  readonly expiresAt: number
  /** The key that signed the cookie. */
  readonly signingKeyId: string
}

/**
 * Sessions of the gallery's signed-in pages. The cookie is signed, so that a replica knows what another one has begun;
 * the rows are asked each time whether the session, its key or its user has ended.
 */
export class Sessions {
  readonly #context: RegistryContext
  readonly #keys: SigningKeys

  constructor(context: RegistryContext, keys: SigningKeys) {
    this.#context = context
    this.#keys = keys
  }

  /**
   * Begins a session for the user of a key. The session ends at `until`, after 12 hours or after `longestMs`, whichever
   * is first. Returns in how many seconds that is.
   */
  async begin(
    { accessKey: { accountId, userName, accessKeyId } }: Principal,
    { until, longestMs }: { readonly until?: number | undefined; readonly longestMs: number },
  ): Promise<{ cookie: string; seconds: number }> {
    const now = this.#context.clock.now()
    const expiresAt = Math.min(until ?? Number.POSITIVE_INFINITY, now + Math.min(longestMs, LONGEST_MS))
    const sessionId = randomBytes(24).toString('base64url')
    const claims: SessionClaims = { sessionId, accountId, userName, accessKeyId, expiresAtMs: expiresAt }
    return { cookie: issueSession(claims, await this.#keys.current()), seconds: Math.floor((expiresAt - now) / 1000) }
  }

  /** The session of a cookie; undefined where it is not good, or not any more. */
  async find(cookie: string): Promise<Session | undefined> {
    const keys = await this.#keys.all()
    const now = this.#context.clock.now()
    let signingKeyId = ''
    const claims = verifySession(
      cookie,
      id => {
        signingKeyId = id
        return keys.get(id)
      },
      now,
    )
    // Nobody gets more than twelve hours: a clock that was wrong has issued this session.
    if (claims === undefined || claims.expiresAtMs > now + LONGEST_MS + HOUR_MS) return undefined
    const { sessionId: id, accessKeyId, expiresAtMs: expiresAt } = claims
    const principal = await principalNow(this.#context.metadata.rows, id, accessKeyId)
    return principal && { id, principal, expiresAt, signingKeyId }
  }

  /**
   * The principal of a session that was good when its request began, as a transaction sees the principal now.
   * @throws GalleryError `sessionOver`
   */
  async again(rows: Rows, { id, principal, signingKeyId }: Session): Promise<Principal> {
    const found = await principalNow(rows, id, principal.accessKey.accessKeyId)
    const isSigned = (await rows.signingKeys.list()).some(key => key.id === signingKeyId)
    if (found === undefined || !isSigned) throw new GalleryError({ kind: 'sessionOver' })
    return found
  }

  /** Ends a session on every server. */
  async end({ id, expiresAt }: Session): Promise<void> {
    await this.#context.metadata.transaction(rows => rows.endedSessions.end(id, expiresAt))
  }
}

/** The most sessions that are forgotten in one transaction. */
const FORGOTTEN = 100
/**
 * For how long an ended session is remembered beyond its end: signed out means signed out, even where the clock was
 * wrong by less than anybody doubts.
 */
const KEPT_MS = 24 * HOUR_MS

/** Forgets ended sessions whose cookies have long been good for nothing. */
export async function forgetEndedSessions({ metadata, clock }: RegistryContext, signal?: AbortSignal): Promise<void> {
  const forget = (rows: Rows, size: number) => rows.endedSessions.forget(clock.now() - KEPT_MS, size)
  await inPieces(metadata, forget, { most: FORGOTTEN, signal })
}

async function principalNow(rows: Rows, sessionId: string, accessKeyId: string): Promise<Principal | undefined> {
  const principal = await rows.accessKeys.principal(accessKeyId)
  if (principal?.accessKey.active !== true || (await rows.endedSessions.isEnded(sessionId))) return undefined
  return principal
}
