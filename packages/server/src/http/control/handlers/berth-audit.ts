import { type BerthHandlers, berthOperations } from '@berth/model/berth'
import { listRecords } from '../../../registry/audit.ts'
import { parseAuditAction } from '../../../registry/audit-action.ts'
import { fillPage } from '../../../registry/page.ts'
import { authorizeWholeRegistry } from '../../access/control-policies.ts'
import type { ControlCall, ControlDependencies } from '../call.ts'
import { isNumberKey, readPage, writeToken } from '../page-token.ts'
import { wireAuditRecord } from '../wire-rows.ts'

const { ListAuditRecords } = berthOperations

/** Tells what was done in a registry, for its owners to read. */
export function auditHandlers({
  context: { metadata },
}: ControlDependencies): Pick<BerthHandlers<ControlCall>, 'ListAuditRecords'> {
  return {
    async ListAuditRecords(input, { caller, makeRoom }) {
      const accountId = await authorizeWholeRegistry(metadata.rows, caller, ListAuditRecords, input)
      const { repositoryName: repository, newestFirst } = input
      const action = input.action === undefined ? undefined : parseAuditAction(input.action)
      const times = { since: input.since?.getTime(), until: input.until?.getTime() }
      const filter = { accountId, repository, action, ...times, newestFirst }
      const listing = { operation: ListAuditRecords.name, subject: JSON.stringify(filter), isKey: isNumberKey }
      const { after, limit } = readPage(listing, input)
      const { items, next } = await fillPage({
        page: { after: after === undefined ? undefined : Number(after), limit },
        list: page => listRecords(metadata, filter, page),
        toWire: wireAuditRecord,
        makeRoom,
      })
      return {
        auditRecords: items,
        nextToken: next === undefined ? undefined : writeToken(listing, `${next}`),
      }
    },
  }
}
