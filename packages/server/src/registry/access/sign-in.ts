import { createHash, timingSafeEqual } from 'node:crypto'
import { isProblem, RegistryError } from '../../domain/problem.ts'
import type { Sealer } from '../../domain/secrets/sealer.ts'
import type { Principal } from '../../ports/rows/access/access-keys.ts'
import type { RegistryContext } from '../context.ts'
import type { Passwords } from './passwords.ts'
import type { SignInAttempts } from './sign-in-attempts.ts'

/** The user whom a sign-in has proven, and the latest end of the session. */
export interface SignedIn {
  readonly principal: Principal
  /** When the password that was shown ends by itself; undefined for a key. */
  readonly until?: number | undefined
}

/** What is opened where the key is not there, so that this takes as long. */
const NO_KEY = 'no key'

/** Checks what a person types to sign in. Wrong, unknown and inactive are one refusal, after the same work. */
export class SignIn {
  readonly #context: RegistryContext
  readonly #sealer: Sealer
  readonly #passwords: Passwords
  readonly #attempts: SignInAttempts
  readonly #sealedNothing: string

  constructor(context: RegistryContext, sealer: Sealer, passwords: Passwords, attempts: SignInAttempts) {
    this.#context = context
    this.#sealer = sealer
    this.#passwords = passwords
    this.#attempts = attempts
    this.#sealedNothing = sealer.seal('x'.repeat(40), NO_KEY)
  }

  /**
   * The user of a registry password. A good one is taken whatever others tried from the same address: it is signed,
   * and nobody can guess it. A bearer token that is narrowed to repositories would be widened, and is refused.
   * @throws RegistryError `credentialsRefused`, `tooManyRequests`
   */
  async byPassword(password: string, address: string): Promise<SignedIn> {
    try {
      const { principal, scopes, expiresAt } = await this.#passwords.verify(password)
      if (principal !== undefined && scopes === undefined) return { principal, until: expiresAt }
    } catch (error) {
      if (!isProblem(error, 'credentialsRefused')) throw error
    }
    await this.#attempts.begin({ address, accessKeyId: undefined })
    throw refused()
  }

  /** The user of an access key. @throws RegistryError `credentialsRefused`, `tooManyRequests` */
  async byKey(accessKeyId: string, secret: string, address: string): Promise<SignedIn> {
    const attempt = { address, accessKeyId }
    await this.#attempts.begin(attempt)
    const principal = await this.#context.metadata.rows.accessKeys.principal(accessKeyId)
    const known = principal?.accessKey
    const expected = this.#sealer.open(known?.sealedSecret ?? this.#sealedNothing, known?.accessKeyId ?? NO_KEY)
    const isRight = isSame(secret, expected)
    if (!isRight || principal?.accessKey.active !== true) throw refused()
    this.#attempts.forgive(attempt)
    return { principal }
  }
}

const hashOf = (text: string): Buffer => createHash('sha256').update(text).digest()
const isSame = (given: string, expected: string): boolean => timingSafeEqual(hashOf(given), hashOf(expected))

const refused = () => new RegistryError({ kind: 'credentialsRefused', reason: 'invalid' })
