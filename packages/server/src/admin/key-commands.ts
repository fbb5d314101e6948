import type { AccessKeyRow } from '../ports/rows/access/access-keys.ts'
import type { AdminCommand } from './command.ts'
import { ACCOUNT, account, requireUser, USER } from './named.ts'

const showKey = ({ accessKeyId, userName, active, createdAt }: AccessKeyRow) => ({
  accessKeyId,
  userName,
  status: active ? 'Active' : 'Inactive',
  createdAt: new Date(createdAt).toISOString(),
})

/** The commands for access keys. */
export const keyCommands: Readonly<Record<string, AdminCommand>> = {
  'key create': {
    options: { account: ACCOUNT, user: USER },
    about: 'Make an access key; its secret is shown this once.',
    examples: ['berthd admin key create --account 123456789012 --user ci'],
    seals: true,
    async run({ accounts, showSecret }, options) {
      await accounts.createAccessKey(account(options), options.required('user'), showSecret)
    },
  },
  'key list': {
    options: { account: ACCOUNT, user: USER },
    about: "List a user's access keys.",
    examples: ['berthd admin key list --account 123456789012 --user ci'],
    async run({ metadata }, options) {
      await requireUser(metadata, account(options), options.required('user'))
      const rows = await metadata.rows.accessKeys.list(account(options), options.required('user'))
      return { accessKeys: rows.map(showKey) }
    },
  },
  'key rotate': {
    options: { 'access-key-id': { value: 'KEY', about: 'The key to replace.', required: true } },
    about: 'Make a new key for the same user and revoke the old one.',
    examples: ['berthd admin key rotate --access-key-id AKIAEXAMPLE'],
    seals: true,
    async run({ accounts, showSecret }, options) {
      await accounts.rotateAccessKey(options.required('access-key-id'), showSecret)
    },
  },
  'key revoke': {
    options: { 'access-key-id': { value: 'KEY', about: 'The key to refuse.', required: true } },
    about: 'Refuse a key, and every registry password made with it, from now on.',
    examples: ['berthd admin key revoke --access-key-id AKIAEXAMPLE'],
    async run({ accounts }, options) {
      await accounts.revokeAccessKey(options.required('access-key-id'))
      return { revoked: options.required('access-key-id') }
    },
  },
  'key enable': {
    options: { 'access-key-id': { value: 'KEY', about: 'The key to accept.', required: true } },
    about: 'Accept a key again that was revoked, or switched off by a restore.',
    examples: ['berthd admin key enable --access-key-id AKIAEXAMPLE'],
    async run({ accounts }, options) {
      await accounts.enableAccessKey(options.required('access-key-id'))
      return { enabled: options.required('access-key-id') }
    },
  },
}
