import { randomBytes, randomUUID } from 'node:crypto'
import type { Actor } from '../../domain/actor.ts'
import type { Sealer } from '../../domain/secrets/sealer.ts'
import type { SigningKeyRow } from '../../ports/rows/access/signing-keys.ts'
import { recordDeeds } from '../audit.ts'
import type { RegistryContext } from '../context.ts'

const HOUR_MS = 60 * 60 * 1000
/** A key signs for this long, and is good for a token's longest life after that. */
const SIGNING_MS = 7 * 24 * HOUR_MS
export const LONGEST_TOKEN_MS = 12 * HOUR_MS

/** By how much the clocks of servers may differ, at most. */
const SLACK_MS = 5 * 60 * 1000
/**
 * How many expired keys are kept. An expired key is good for nothing while the clock is right; it is needed again where
 * the clock was ahead for a while.
 */
const KEPT_KEYS = 8

export interface SigningKey {
  readonly id: string
  readonly secret: Buffer
}

/**
 * The keys that sign registry passwords and tokens, one after the other. A revoked key is gone for every server at
 * once.
 */
export class SigningKeys {
  readonly #context: Pick<RegistryContext, 'metadata' | 'clock'>
  readonly #sealer: Sealer
  readonly #actor: Actor
  readonly #opened = new Map<string, Buffer>()

  /** `actor` is the process or operator, whom the audit log names. */
  constructor(context: Pick<RegistryContext, 'metadata' | 'clock'>, sealer: Sealer, actor: Actor) {
    this.#context = context
    this.#sealer = sealer
    this.#actor = actor
  }

  /**
   * The key to sign with now. A new one is made when the newest has signed for long enough.
   * @throws SealError where a key that is there was sealed with another secret key
   */
  async current(): Promise<SigningKey> {
    const now = this.#context.clock.now()
    // A key from the future was made by a clock that was wrong: it would sign until then and a week more.
    const [newest] = (await this.#context.metadata.rows.signingKeys.list()).filter(
      key => key.createdAt <= now + SLACK_MS,
    )
    if (newest === undefined) await this.#openAccessKey()
    const fresh = newest !== undefined && now < newest.createdAt + SIGNING_MS
    return this.#open(fresh ? newest : await this.rotate())
  }

  /** Every key whose signatures are good, by id. It is neither expired nor revoked. */
  async all(): Promise<Map<string, SigningKey>> {
    const now = this.#context.clock.now()
    const rows = await this.#context.metadata.rows.signingKeys.list()
    return new Map(rows.filter(row => now < row.expiresAt).map(row => [row.id, this.#open(row)]))
  }

  /** Every key that nobody revoked, by id, the latest expired ones among them. */
  async withExpired(): Promise<Map<string, SigningKey>> {
    const rows = await this.#context.metadata.rows.signingKeys.list()
    return new Map(rows.map(row => [row.id, this.#open(row)]))
  }

  /** Opens all keys that are there, and makes none. @throws SealError */
  async openAll(): Promise<void> {
    const rows = await this.#context.metadata.rows.signingKeys.list()
    for (const row of rows) this.#open(row)
    if (rows.length === 0) await this.#openAccessKey()
  }

  /** Opens an access key, if there is one: a registry that nobody has served yet has nothing else that is sealed. */
  async #openAccessKey(): Promise<void> {
    const { registries, users, accessKeys } = this.#context.metadata.rows
    const [first] = await registries.list({ limit: 1 })
    for (const { accountId, userName } of first === undefined ? [] : await users.list(first.accountId)) {
      const [key] = await accessKeys.list(accountId, userName)
      if (key === undefined) continue
      this.#sealer.open(key.sealedSecret, key.accessKeyId)
      return
    }
  }

  /** Whether the key's signatures are good. Every request asks, so that revoking a key works at once. */
  async isGood(id: string): Promise<boolean> {
    const now = this.#context.clock.now()
    return (await this.#context.metadata.rows.signingKeys.list()).some(row => row.id === id && now < row.expiresAt)
  }

  /** Makes a new key, and deletes the expired ones but the latest. */
  rotate(): Promise<SigningKeyRow> {
    const createdAt = this.#context.clock.now()
    const id = randomUUID()
    const row: SigningKeyRow = {
      id,
      sealedKey: this.#sealer.seal(randomBytes(32).toString('base64'), id),
      createdAt,
      expiresAt: createdAt + SIGNING_MS + LONGEST_TOKEN_MS,
    }
    return this.#context.metadata.transaction(async rows => {
      const { signingKeys } = rows
      for (const old of (await signingKeys.list()).slice(KEPT_KEYS))
        if (old.expiresAt <= createdAt) await signingKeys.delete(old.id)
      await signingKeys.add(row)
      await recordDeeds(rows, this.#actor, createdAt, [{ action: 'RotateSigningKey' as const, detail: id }])
      return row
    })
  }

  /** Refuses all that the key has signed, from now on. False where there is no such key. */
  async revoke(id: string): Promise<boolean> {
    this.#opened.delete(id)
    return this.#context.metadata.transaction(async rows => {
      if (!(await rows.signingKeys.delete(id))) return false
      const deed = { action: 'RevokeSigningKey' as const, detail: id }
      await recordDeeds(rows, this.#actor, this.#context.clock.now(), [deed])
      return true
    })
  }

  #open({ id, sealedKey }: SigningKeyRow): SigningKey {
    const secret = this.#opened.get(id) ?? Buffer.from(this.#sealer.open(sealedKey, id), 'base64')
    this.#opened.set(id, secret)
    return { id, secret }
  }
}
