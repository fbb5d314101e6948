import { parseAccountId } from '../domain/names.ts'
import { RegistryError } from '../domain/problem.ts'
import type { MetadataStore } from '../ports/metadata-store.ts'
import type { AuditFilter, AuditRecord } from '../ports/rows/access/audit.ts'
import type { Page } from '../ports/rows/common.ts'
import { parseAuditAction } from '../registry/audit-action.ts'
import { everyRow } from '../registry/every-page.ts'
import type { AdminCommand, AdminOptions } from './command.ts'
import { requireAccount } from './named.ts'

/** Reads the audit log, a line a record, the oldest first unless asked otherwise. */
export const auditCommand: AdminCommand = {
  options: {
    account: { value: 'ID', about: 'Only what was done in this account, by its 12 digits.', fallback: 'all accounts' },
    repository: { value: 'NAME', about: 'Only what was done to this repository of the account.', fallback: 'all' },
    action: { value: 'ACTION', about: 'Only this action, such as DeleteImage.', fallback: 'all' },
    since: { value: 'TIME', about: 'Nothing older: a time such as 2026-11-23 or 2026-11-23T12:00:00Z.' },
    until: { value: 'TIME', about: 'Nothing as new as this time, or newer.' },
    'newest-first': { about: 'The newest first, in place of the oldest.' },
  },
  about: 'Print who deleted, restored or changed what, as JSON lines; --repository needs --account.',
  examples: ['berthd admin audit --since 2026-11-01 --action DeleteImage'],
  async run({ metadata }, options) {
    const filter = filterOf(options)
    if (filter.accountId !== undefined) await requireAccount(metadata, filter.accountId)
    return records(metadata, filter)
  },
}

async function* records({ rows }: MetadataStore, filter: AuditFilter): AsyncGenerator<unknown> {
  const list = (page: Page<number>) => rows.audit.list(filter, page)
  for await (const record of everyRow(list, ({ id }) => id)) yield showRecord(record)
}

const showRecord = ({ id, recordedAt, ...record }: AuditRecord & { readonly id: number }) => ({
  id,
  recordedAt: new Date(recordedAt).toISOString(),
  ...record,
})

function filterOf(options: AdminOptions): AuditFilter {
  const account = options.optional('account')
  const repository = options.optional('repository')
  const action = options.optional('action')
  if (repository !== undefined && account === undefined)
    throw invalid('repository', 'a repository is named together with its account, by --account ID')
  return {
    accountId: account === undefined ? undefined : parseAccountId(account),
    repository,
    action: action === undefined ? undefined : parseAuditAction(action),
    newestFirst: options.given('newest-first'),
    since: timeOf(options, 'since'),
    until: timeOf(options, 'until'),
  }
}

function timeOf(options: AdminOptions, name: string): number | undefined {
  const text = options.optional(name)
  if (text === undefined) return undefined
  const time = Date.parse(text)
  if (Number.isNaN(time)) throw invalid(name, 'it must be a time such as 2026-11-23 or 2026-11-23T12:00:00Z')
  return time
}

function invalid(member: string, constraint: string): RegistryError {
  return new RegistryError({ kind: 'parameterInvalid', member, constraint })
}
