import { unknownKeys } from '../domain/iam/condition-keys.ts'
import { parsePolicy } from '../domain/iam/parse-policy.ts'
import type { Policy } from '../domain/iam/policy.ts'
import { RegistryError } from '../domain/problem.ts'
import type { MetadataStore } from '../ports/metadata-store.ts'
import type { SigningKeyRow } from '../ports/rows/access/signing-keys.ts'
import type { AliasRow, RegistryRow } from '../ports/rows/repositories/registries.ts'
import { everyRow } from '../registry/every-page.ts'
import { readText } from '../runtime/system-errors.ts'
import { auditCommand } from './audit.ts'
import type { AdminCommand, AdminOptions } from './command.ts'
import { gcCommands } from './gc.ts'
import { keyCommands } from './key-commands.ts'
import { migrateStorageCommand } from './migrate-storage.ts'
import { ACCOUNT, account, requireAccount, requireUser, USER } from './named.ts'
import { searchCommands } from './search.ts'
import { verifyCommand } from './verify.ts'

const iso = (at: number) => new Date(at).toISOString()

const showRegistry = (row: RegistryRow, aliases: readonly AliasRow[]) => ({
  accountId: row.accountId,
  alias: aliases.find(alias => alias.primary)?.alias,
  aliases: aliases.map(showAlias),
  createOnPush: row.createOnPush,
  verified: row.verified,
  displayName: row.displayName,
  createdAt: iso(row.createdAt),
})
const showAlias = ({ alias, primary, isDefault }: AliasRow) => ({ alias, primary, default: isDefault })
const showSigningKey = ({ id, createdAt, expiresAt }: SigningKeyRow) => ({
  keyId: id,
  createdAt: iso(createdAt),
  expiresAt: iso(expiresAt),
})

/** Every administrative command, by its one or two words. */
export const adminCommands: Readonly<Record<string, AdminCommand>> = {
  'account create': {
    options: {
      'account-id': { value: '12-DIGITS', about: 'The id of the account.', fallback: 'one that is free' },
      alias: {
        value: 'ALIAS',
        about: 'The primary alias of its registry.',
        fallback: 'the default alias, which is made up',
      },
    },
    about: 'Make an account with its registry; an alias that is given becomes the primary one.',
    examples: ['berthd admin account create --alias team-b'],
    async run({ accounts, createOnPush }, options) {
      const made = await accounts.createAccount({
        accountId: options.optional('account-id'),
        alias: options.optional('alias'),
        createOnPush,
      })
      return showRegistry(made.registry, made.aliases)
    },
  },
  'account list': {
    options: {},
    about: 'List the accounts.',
    examples: ['berthd admin account list'],
    async run({ metadata }) {
      const shown = []
      for await (const row of everyRegistry(metadata))
        shown.push(showRegistry(row, await metadata.rows.registries.aliases(row.accountId)))
      return { accounts: shown }
    },
  },
  'user create': {
    options: { account: ACCOUNT, name: { value: 'NAME', about: 'What the user is called.', required: true } },
    about: 'Make a user; it may do nothing before it has a policy.',
    examples: ['berthd admin user create --account 123456789012 --name ci'],
    async run({ accounts }, options) {
      const { accountId, userName, userId } = await accounts.createUser(account(options), options.required('name'))
      return { accountId, userName, userId }
    },
  },
  'user list': {
    options: { account: ACCOUNT },
    about: "List an account's users.",
    examples: ['berthd admin user list --account 123456789012'],
    async run({ metadata }, options) {
      const rows = await metadata.rows.users.list(await requireAccount(metadata, account(options)))
      return { users: rows.map(({ userName, userId, createdAt }) => ({ userName, userId, createdAt: iso(createdAt) })) }
    },
  },
  'user delete': {
    options: { account: ACCOUNT, name: { value: 'NAME', about: 'The user to delete.', required: true } },
    about: 'Delete a user with its policies and keys.',
    examples: ['berthd admin user delete --account 123456789012 --name ci'],
    async run({ accounts }, options) {
      await accounts.deleteUser(account(options), options.required('name'))
      return { deleted: options.required('name') }
    },
  },
  ...keyCommands,
  'policy put': {
    options: {
      account: ACCOUNT,
      user: USER,
      name: { value: 'POLICY', about: 'What the policy is called.', required: true },
      document: { value: 'JSON|file://PATH', about: 'The policy, in the grammar of IAM.', required: true },
    },
    about: 'Give a user an identity policy, or replace the one of that name.',
    examples: ['berthd admin policy put --account 123456789012 --user ci --name push --document file://policy.json'],
    async run({ accounts }, options) {
      const { document, policy } = readDocument(options.required('document'))
      await accounts.putPolicy(account(options), options.required('user'), options.required('name'), document)
      const neverSet = unknownKeys(policy)
      return {
        userName: options.required('user'),
        policyName: options.required('name'),
        // Condition keys that no request has: most often a slip.
        ...(neverSet.length > 0 && { neverSet }),
      }
    },
  },
  'policy list': {
    options: { account: ACCOUNT, user: USER },
    about: "List a user's policies.",
    examples: ['berthd admin policy list --account 123456789012 --user ci'],
    async run({ metadata }, options) {
      await requireUser(metadata, account(options), options.required('user'))
      const rows = await metadata.rows.users.policies(account(options), options.required('user'))
      return { policies: rows.map(row => ({ policyName: row.policyName, document: JSON.parse(row.document) })) }
    },
  },
  'policy delete': {
    options: {
      account: ACCOUNT,
      user: USER,
      name: { value: 'POLICY', about: 'The policy to delete.', required: true },
    },
    about: "Delete a user's policy.",
    examples: ['berthd admin policy delete --account 123456789012 --user ci --name push'],
    async run({ accounts }, options) {
      await accounts.deletePolicy(account(options), options.required('user'), options.required('name'))
      return { deleted: options.required('name') }
    },
  },
  'alias create': {
    options: {
      account: ACCOUNT,
      name: { value: 'ALIAS', about: 'The alias to add.', required: true },
      primary: { about: 'Image URIs are made with it from now on.' },
    },
    about: 'Give a registry one more alias; --primary makes image URIs with it.',
    examples: ['berthd admin alias create --account 123456789012 --name team-b --primary'],
    async run({ accounts }, options) {
      const primary = options.given('primary')
      const rows = await accounts.addAlias(account(options), options.required('name'), { primary })
      return { aliases: rows.map(showAlias) }
    },
  },
  'alias list': {
    options: { account: ACCOUNT },
    about: "List a registry's aliases.",
    examples: ['berthd admin alias list --account 123456789012'],
    async run({ metadata }, options) {
      const accountId = await requireAccount(metadata, account(options))
      return { aliases: (await metadata.rows.registries.aliases(accountId)).map(showAlias) }
    },
  },
  'alias primary': {
    options: { name: { value: 'ALIAS', about: 'An alias that the registry has.', required: true } },
    about: 'Make image URIs with this alias.',
    examples: ['berthd admin alias primary --name team-b'],
    async run({ accounts }, options) {
      await accounts.makePrimary(options.required('name'))
      return { primary: options.required('name') }
    },
  },
  'alias delete': {
    options: { name: { value: 'ALIAS', about: 'The alias to delete.', required: true } },
    about: 'Delete an alias that is neither the default nor the primary one.',
    examples: ['berthd admin alias delete --name team-b'],
    async run({ accounts }, options) {
      await accounts.deleteAlias(options.required('name'))
      return { deleted: options.required('name') }
    },
  },
  'registry set': {
    options: {
      account: ACCOUNT,
      'create-on-push': { value: 'true|false', about: 'Whether a push may make repositories.', fallback: 'as it is' },
      verified: { value: 'true|false', about: 'Whether the registry is shown as verified.', fallback: 'as it is' },
    },
    about: "Change a registry's settings.",
    examples: ['berthd admin registry set --account 123456789012 --create-on-push true'],
    async run({ accounts, metadata }, options) {
      const createOnPush = yesOrNo(options, 'create-on-push')
      const verified = yesOrNo(options, 'verified')
      const row = await accounts.updateRegistry(account(options), {
        ...(createOnPush !== undefined && { createOnPush }),
        ...(verified !== undefined && { verified }),
      })
      return showRegistry(row, await metadata.rows.registries.aliases(row.accountId))
    },
  },
  'signing-key list': {
    options: {},
    about: 'List the keys that sign registry passwords.',
    examples: ['berthd admin signing-key list'],
    async run({ metadata }) {
      return { signingKeys: (await metadata.rows.signingKeys.list()).map(showSigningKey) }
    },
  },
  'signing-key rotate': {
    options: {},
    about: 'Sign with a new key from now on; what older keys signed stays good until it expires.',
    examples: ['berthd admin signing-key rotate'],
    seals: true,
    async run({ signingKeys }) {
      return showSigningKey(await signingKeys.rotate())
    },
  },
  'signing-key revoke': {
    options: { 'key-id': { value: 'ID', about: 'The key to refuse, as signing-key list names it.', required: true } },
    about: 'Refuse everything that a key has signed, from now on.',
    examples: ['berthd admin signing-key revoke --key-id KEY-ID'],
    async run({ signingKeys }, options) {
      if (!(await signingKeys.revoke(options.required('key-id'))))
        throw parameterInvalid('key-id', 'no signing key has this id')
      return { revoked: options.required('key-id') }
    },
  },
  ...gcCommands,
  audit: auditCommand,
  ...searchCommands,
  verify: verifyCommand,
  'migrate-storage': migrateStorageCommand,
}

function yesOrNo(options: AdminOptions, name: string): boolean | undefined {
  const text = options.optional(name)
  if (text === undefined || text === 'true' || text === 'false') return text === undefined ? undefined : text === 'true'
  throw parameterInvalid(name, 'it must be true or false')
}

function readDocument(text: string): { document: string; policy: Policy } {
  const document = text.startsWith('file://') ? readText(text.slice('file://'.length)) : text
  const parsed = parsePolicy(document, 'identity')
  if (parsed.ok) return { document, policy: parsed.policy }
  const faults = parsed.faults.map(({ path, reason }) => (path === '' ? reason : `${path}: ${reason}`))
  throw parameterInvalid('document', faults.join(' ').replace(/\.$/, ''))
}

const parameterInvalid = (member: string, constraint: string) =>
  new RegistryError({ kind: 'parameterInvalid', member, constraint })

const everyRegistry = ({ rows }: MetadataStore): AsyncGenerator<RegistryRow> =>
  everyRow(rows.registries.list, row => row.accountId)
