import { berth, berthOperations } from '@berth/model/berth'
import { berthCommand } from './berth/berth-command.ts'
import type { Command } from './command.ts'

/** `berth audit` */
export const audit: Command = {
  ...berthCommand({
    words: ['audit'],
    operation: berthOperations.ListAuditRecords,
    service: berth,
    examples: [
      { about: 'Shows what was done last:', options: ['--newest-first', '--max-items 20'] },
      {
        about: 'Lists who has deleted images since the beginning of the month, a line each:',
        options: [
          '--since 2026-11-01',
          '--action DeleteImage',
          '--query "auditRecords[].[recordedAt,principal,repositoryName,imageDigest]"',
          '--output text',
        ],
      },
    ],
  }),
  summary: 'what was done in the registry, and by whom',
}
