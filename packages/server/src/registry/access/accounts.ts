import type { Actor } from '../../domain/actor.ts'
import { newUserId } from '../../domain/iam/user-id.ts'
import { type AccountId, parseAccountId, parseRegistryAlias, type RegistryAlias } from '../../domain/names.ts'
import { AdminError, RegistryError } from '../../domain/problem.ts'
import { generateAccessKey } from '../../domain/secrets/access-key.ts'
import type { Sealer } from '../../domain/secrets/sealer.ts'
import type { Rows } from '../../ports/metadata-store.ts'
import type { AccessKeyRow } from '../../ports/rows/access/access-keys.ts'
import type { UserRow } from '../../ports/rows/access/users.ts'
import type { AliasRow, RegistryRow } from '../../ports/rows/repositories/registries.ts'
import { type Deed, recordDeeds } from '../audit.ts'
import type { RegistryContext } from '../context.ts'
import { randomAccountId, randomAlias } from './random-names.ts'
import { parseNewAlias } from './reserved-aliases.ts'

/** A new key pair. The secret is shown once and stored encrypted. */
export interface NewAccessKey {
  readonly accessKeyId: string
  readonly secretAccessKey: string
}

/** Shows a key to whoever is to have it. What it throws keeps the key from being made. */
type ShowKey = (key: NewAccessKey) => Promise<void>
const SHOW_NOBODY: ShowKey = async () => {}

const ADMINISTRATOR_POLICY = JSON.stringify({
  Version: '2012-10-17',
  Statement: [{ Effect: 'Allow', Action: '*', Resource: '*' }],
})

/** The user of the account that a registry begins with. */
export const FIRST_USER = 'admin'

/** The calls of an operator on accounts, users, keys and aliases. Each call is one transaction. */
export class Accounts {
  readonly #context: RegistryContext
  readonly #sealer: Sealer
  readonly #actor: Actor

  /** `actor` is the operator, whom the audit log names. */
  constructor(context: RegistryContext, sealer: Sealer, actor: Actor) {
    this.#context = context
    this.#sealer = sealer
    this.#actor = actor
  }

  /**
   * Makes an account with its registry and a default alias, which cannot be chosen. A given alias is added to that one,
   * and is the primary alias.
   */
  createAccount(options: {
    accountId?: string | undefined
    alias?: string | undefined
    createOnPush: boolean
  }): Promise<{ registry: RegistryRow; aliases: AliasRow[] }> {
    const accountId = options.accountId === undefined ? randomAccountId() : parseAccountId(options.accountId)
    const alias = options.alias === undefined ? undefined : parseNewAlias(options.alias)
    return this.#context.metadata.transaction(async rows => {
      const registry = await this.#addRegistry(rows, { accountId, alias, createOnPush: options.createOnPush })
      await this.#record(rows, { action: 'CreateAccount', accountId })
      return { registry, aliases: await rows.registries.aliases(accountId) }
    })
  }

  /**
   * Makes the first account of an empty store, with a user that may do everything in it. `keep` gets the key before
   * the key works, so that no crash can lose a secret that is in force. `discard` is called when another server was
   * first.
   */
  async bootstrap(
    createOnPush: boolean,
    { keep, discard }: { keep(key: NewAccessKey): Promise<void>; discard(): Promise<void> },
  ): Promise<AccountId | undefined> {
    if ((await this.#context.metadata.rows.registries.list({ limit: 1 })).length > 0) return undefined
    const { accessKeyId, secret } = generateAccessKey('longTerm')
    await keep({ accessKeyId, secretAccessKey: secret })
    const accountId = randomAccountId()
    const userName = FIRST_USER
    const made = await this.#context.metadata.transaction(async rows => {
      // Several servers may start on one empty store: one of them makes the account.
      if ((await rows.registries.list({ limit: 1 })).length > 0) return undefined
      await this.#addRegistry(rows, { accountId, alias: undefined, createOnPush })
      await rows.users.create({ accountId, userName, userId: newUserId(), createdAt: this.#context.clock.now() })
      const policy = { policyName: 'Administrator', document: ADMINISTRATOR_POLICY }
      await rows.users.putPolicy({ accountId, userName, ...policy })
      await rows.accessKeys.add(this.#keyRow({ accountId, userName, accessKeyId, secret }))
      await this.#record(rows, { action: 'CreateAccount', accountId })
      await this.#record(rows, { action: 'CreateUser', accountId, detail: userName })
      await this.#record(rows, userPolicyPut(accountId, userName, policy))
      await this.#record(rows, { action: 'CreateAccessKey', accountId, detail: `${accessKeyId} of ${userName}` })
      return accountId
    })
    if (made === undefined) await discard()
    return made
  }

  createUser(accountId: AccountId, userName: string): Promise<UserRow> {
    if (!/^[\w+=,.@-]{1,64}$/.test(userName))
      throw new RegistryError({
        kind: 'parameterInvalid',
        member: 'name',
        constraint: 'a user has 1 to 64 letters, digits or any of _+=,.@-',
      })
    return this.#context.metadata.transaction(async rows => {
      await requireRegistry(rows, accountId)
      const user: UserRow = { accountId, userName, userId: newUserId(), createdAt: this.#context.clock.now() }
      await rows.users.create(user)
      await this.#record(rows, { action: 'CreateUser', accountId, detail: userName })
      return user
    })
  }

  deleteUser(accountId: AccountId, userName: string): Promise<void> {
    return this.#context.metadata.transaction(async rows => {
      if (!(await rows.users.delete(accountId, userName)))
        throw new AdminError({ kind: 'userNotFound', accountId, userName })
      await this.#record(rows, { action: 'DeleteUser', accountId, detail: userName })
    })
  }

  /** Sets a user's policy. `document` must be a sound identity policy already. */
  putPolicy(accountId: AccountId, userName: string, policyName: string, document: string): Promise<void> {
    if (!/^[\w+=,.@-]{1,128}$/.test(policyName))
      throw new RegistryError({
        kind: 'parameterInvalid',
        member: 'name',
        constraint: 'a policy has 1 to 128 letters, digits or any of _+=,.@-',
      })
    return this.#context.metadata.transaction(async rows => {
      await requireUser(rows, accountId, userName)
      await rows.users.putPolicy({ accountId, userName, policyName, document })
      await this.#record(rows, userPolicyPut(accountId, userName, { policyName, document }))
    })
  }

  deletePolicy(accountId: AccountId, userName: string, policyName: string): Promise<void> {
    return this.#context.metadata.transaction(async rows => {
      if (!(await rows.users.deletePolicy(accountId, userName, policyName)))
        throw new AdminError({ kind: 'userPolicyNotFound', userName, policyName })
      await this.#record(rows, { action: 'DeleteUserPolicy', accountId, detail: `${policyName} of ${userName}` })
    })
  }

  /** `show` gets the key before it works: where it cannot be shown, none is made. */
  async createAccessKey(accountId: AccountId, userName: string, show: ShowKey = SHOW_NOBODY): Promise<NewAccessKey> {
    await requireUser(this.#context.metadata.rows, accountId, userName)
    const key = await newKey(show)
    await this.#context.metadata.transaction(async rows => {
      await requireUser(rows, accountId, userName)
      await this.#addKey(rows, { accountId, userName }, key)
    })
    return key
  }

  /** Makes a new key for the same user, and revokes the old one. `show` is as in `createAccessKey`. */
  async rotateAccessKey(accessKeyId: string, show: ShowKey = SHOW_NOBODY): Promise<NewAccessKey> {
    await requireKey(this.#context.metadata.rows, accessKeyId)
    const key = await newKey(show)
    await this.#context.metadata.transaction(async rows => {
      const row = await requireKey(rows, accessKeyId)
      await rows.accessKeys.setActive(accessKeyId, false)
      await this.#record(rows, changeOf(row, false))
      await this.#addKey(rows, row, key)
    })
    return key
  }

  /** Refuses the key, and every registry password that was made with it, from now on. */
  revokeAccessKey(accessKeyId: string): Promise<void> {
    return this.enableAccessKey(accessKeyId, false)
  }

  /** Accepts a key again. */
  enableAccessKey(accessKeyId: string, active = true): Promise<void> {
    return this.#context.metadata.transaction(async rows => {
      const row = await rows.accessKeys.find(accessKeyId)
      if (row === undefined) throw new AdminError({ kind: 'accessKeyNotFound', accessKeyId })
      await rows.accessKeys.setActive(accessKeyId, active)
      await this.#record(rows, changeOf(row, active))
    })
  }

  addAlias(accountId: AccountId, text: string, options: { primary: boolean }): Promise<AliasRow[]> {
    const alias = parseNewAlias(text)
    return this.#context.metadata.transaction(async rows => {
      await requireRegistry(rows, accountId)
      const createdAt = this.#context.clock.now()
      await rows.registries.addAlias({ alias, accountId, createdAt, primary: options.primary, isDefault: false })
      const detail = options.primary ? `${alias}, the primary one` : alias
      await this.#record(rows, { action: 'CreateAlias', accountId, detail })
      return rows.registries.aliases(accountId)
    })
  }

  /** Deletes an alias that is neither the default nor the primary one: image URIs are made with those. */
  deleteAlias(text: string): Promise<void> {
    const alias = parseRegistryAlias(text)
    return this.#context.metadata.transaction(async rows => {
      const row = await rows.registries.findAlias(alias)
      if (row === undefined) throw new AdminError({ kind: 'aliasNotFound', alias })
      const role = row.isDefault ? 'default' : row.primary ? 'primary' : undefined
      if (role !== undefined)
        throw new AdminError({ kind: 'aliasInUse', alias, reason: `it is the registry's ${role} alias` })
      await rows.registries.deleteAlias(alias)
      await this.#record(rows, { action: 'DeleteAlias', accountId: row.accountId, detail: alias })
    })
  }

  makePrimary(text: string): Promise<void> {
    const alias = parseRegistryAlias(text)
    return this.#context.metadata.transaction(async rows => {
      const row = await rows.registries.findAlias(alias)
      if (row === undefined) throw new AdminError({ kind: 'aliasNotFound', alias })
      await rows.registries.makePrimary(alias)
      await this.#record(rows, { action: 'SetPrimaryAlias', accountId: row.accountId, detail: alias })
    })
  }

  updateRegistry(accountId: AccountId, change: { createOnPush?: boolean; verified?: boolean }): Promise<RegistryRow> {
    return this.#context.metadata.transaction(async rows => {
      const row = await requireRegistry(rows, accountId)
      await rows.registries.update(accountId, change)
      if (Object.keys(change).length > 0)
        await this.#record(rows, { action: 'PutRegistrySettings', accountId, detail: JSON.stringify(change) })
      return { ...row, ...change }
    })
  }

  async #addRegistry(
    rows: Rows,
    registry: { accountId: AccountId; alias: RegistryAlias | undefined; createOnPush: boolean },
  ): Promise<RegistryRow> {
    const { accountId, alias, createOnPush } = registry
    const createdAt = this.#context.clock.now()
    const row: RegistryRow = { accountId, createdAt, displayName: undefined, verified: false, createOnPush }
    await rows.registries.create(row)
    const base = { accountId, createdAt, primary: true }
    await rows.registries.addAlias({ ...base, alias: randomAlias(), isDefault: true })
    if (alias !== undefined) await rows.registries.addAlias({ ...base, alias, isDefault: false })
    return row
  }

  #record(rows: Rows, deed: Deed): Promise<void> {
    return recordDeeds(rows, this.#actor, this.#context.clock.now(), [deed])
  }

  #keyRow(key: { accountId: AccountId; userName: string; accessKeyId: string; secret: string }): AccessKeyRow {
    const { secret, ...owner } = key
    const sealedSecret = this.#sealer.seal(secret, key.accessKeyId)
    return { ...owner, sealedSecret, active: true, createdAt: this.#context.clock.now() }
  }

  async #addKey(
    rows: Rows,
    { accountId, userName }: Pick<AccessKeyRow, 'accountId' | 'userName'>,
    { accessKeyId, secretAccessKey: secret }: NewAccessKey,
  ): Promise<void> {
    await rows.accessKeys.add(this.#keyRow({ accountId, userName, accessKeyId, secret }))
    await this.#record(rows, { action: 'CreateAccessKey', accountId, detail: `${accessKeyId} of ${userName}` })
  }
}

async function newKey(show: ShowKey): Promise<NewAccessKey> {
  const { accessKeyId, secret } = generateAccessKey('longTerm')
  const key = { accessKeyId, secretAccessKey: secret }
  await show(key)
  return key
}

const changeOf = ({ accountId, accessKeyId, userName }: AccessKeyRow, active: boolean): Deed => ({
  action: active ? 'EnableAccessKey' : 'RevokeAccessKey',
  accountId,
  detail: `${accessKeyId} of ${userName}`,
})

const userPolicyPut = (
  accountId: AccountId,
  userName: string,
  { policyName, document }: { policyName: string; document: string },
): Deed => ({ action: 'PutUserPolicy', accountId, detail: `${policyName} of ${userName}: ${document}` })

async function requireRegistry(rows: Rows, accountId: AccountId): Promise<RegistryRow> {
  const row = await rows.registries.find(accountId)
  if (row === undefined) throw new AdminError({ kind: 'accountNotFound', accountId })
  return row
}

async function requireKey(rows: Rows, accessKeyId: string): Promise<AccessKeyRow> {
  const row = await rows.accessKeys.find(accessKeyId)
  if (row === undefined) throw new AdminError({ kind: 'accessKeyNotFound', accessKeyId })
  return row
}

async function requireUser(rows: Rows, accountId: AccountId, userName: string): Promise<void> {
  if ((await rows.users.find(accountId, userName)) === undefined)
    throw new AdminError({ kind: 'userNotFound', accountId, userName })
}
