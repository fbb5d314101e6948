import type { AccountUsage } from '../../ports/rows/repositories/account-usage.ts'
import type { Finding, Inspection } from './inspection.ts'

/** Compares the counters of accounts with what they have. Repair counts anew. */
export async function* checkUsage({ context, repair }: Inspection): AsyncGenerator<Finding> {
  for (const { accountId, kept, counted } of await context.metadata.rows.accountUsage.differences()) {
    if (repair) await context.metadata.transaction(({ accountUsage }) => accountUsage.recount(accountId))
    const detail = `${words(kept)} where ${words(counted)} are there`
    yield { kind: 'wrongCounter', subject: `account ${accountId}`, detail, mended: repair }
  }
}

const words = ({ storedBytes, auditBytes, openUploads }: AccountUsage) =>
  `${storedBytes} bytes stored, ${auditBytes} bytes of log and ${openUploads} uploads`
