import type { Operation, ServiceNames } from '@berth/model'
import { berth, berthOperations } from '@berth/model/berth'
import { ecr, ecrOperations } from '@berth/model/ecr'
import { previewOperation } from '../lifecycle/preview.ts'
import type { OwnCommandName } from '../table.ts'

/** One command: an operation under a name of ours. */
export type OwnCommand = {
  /** `images deleted`, or `audit` alone. */
  readonly words: readonly [group: OwnCommandName, name?: string]
  /** Named for the command line by the command's words. */
  readonly operation: Operation
  readonly service: ServiceNames
}

const command = (words: OwnCommand['words'], operation: Operation, service: ServiceNames): OwnCommand => ({
  words,
  operation: { ...operation, cliName: words.join(' ') },
  service,
})

const { GetLifecyclePolicy, PutLifecyclePolicy, DeleteLifecyclePolicy } = ecrOperations
const { ListDeletedImages, RestoreImages, PurgeDeletedImages, DescribeImagePulls, ListAuditRecords } = berthOperations
const { GetRepositorySettings, PutRepositorySettings, GetRegistrySettings, PutRegistrySettings } = berthOperations

const withTable = (operation: Operation): Operation => ({
  ...operation,
  documentation: `${operation.documentation} Without a format, by --output or by a setting, it prints a table.`,
})

/** All of them, in the order that help lists them. */
export const ownCommands: readonly OwnCommand[] = [
  command(['images', 'deleted'], withTable(ListDeletedImages), berth),
  command(['images', 'restore'], RestoreImages, berth),
  command(['images', 'purge'], PurgeDeletedImages, berth),
  command(['images', 'pulls'], DescribeImagePulls, berth),
  command(['settings', 'get'], GetRepositorySettings, berth),
  command(['settings', 'put'], PutRepositorySettings, berth),
  command(['settings', 'get-registry'], GetRegistrySettings, berth),
  command(['settings', 'put-registry'], PutRegistrySettings, berth),
  command(['lifecycle', 'put'], PutLifecyclePolicy, ecr),
  command(['lifecycle', 'get'], GetLifecyclePolicy, ecr),
  command(['lifecycle', 'delete'], DeleteLifecyclePolicy, ecr),
  command(['lifecycle', 'preview'], previewOperation, ecr),
  command(['audit'], ListAuditRecords, berth),
]
