import { type BerthHandlers, berthOperations } from '@berth/model/berth'
import { ControlError } from '../../../domain/problem.ts'
import type { RegistryRow } from '../../../ports/rows/repositories/registries.ts'
import { describeSettings, putRegistrySettings, putSettings } from '../../../registry/repositories/settings.ts'
import { authorizeRegistry, authorizeRepository } from '../../access/control-policies.ts'
import type { ControlCall, ControlDependencies } from '../call.ts'
import { wireSettings } from '../wire-rows.ts'

type SettingsOperation =
  | 'GetRepositorySettings'
  | 'PutRepositorySettings'
  | 'GetRegistrySettings'
  | 'PutRegistrySettings'

const { GetRepositorySettings, PutRepositorySettings, GetRegistrySettings, PutRegistrySettings } = berthOperations

/** What owners choose about deletions, of a repository and of a registry. */
export function settingsHandlers({
  context,
}: ControlDependencies): Pick<BerthHandlers<ControlCall>, SettingsOperation> {
  const { metadata } = context
  const describeRegistry = async ({ accountId, binDays, hidesPulls = false }: RegistryRow) => {
    const { images, bytes } = await metadata.rows.repositories.binTotals(accountId)
    return {
      registryId: accountId,
      binDays,
      effectiveBinDays: binDays ?? context.binDays,
      hidePulls: hidesPulls,
      deletedImageCount: images,
      deletedImageBytes: bytes,
    }
  }
  return {
    async GetRepositorySettings(input, { caller }) {
      const row = await authorizeRepository(metadata.rows, caller, GetRepositorySettings, input)
      return wireSettings(await describeSettings(context, row))
    },

    async PutRepositorySettings(input, { caller }) {
      const row = await authorizeRepository(metadata.rows, caller, PutRepositorySettings, input)
      const { binDays, protectedTags = [], immutableTags = [] } = input.settings
      return wireSettings(await putSettings(context, caller.actor, row, { binDays, protectedTags, immutableTags }))
    },

    async GetRegistrySettings(_, { caller }) {
      authorizeRegistry(caller, GetRegistrySettings)
      const row = await metadata.rows.registries.find(caller.accountId)
      if (row === undefined) throw new ControlError({ kind: 'registryNotFound', registryId: caller.accountId })
      return describeRegistry(row)
    },

    async PutRegistrySettings({ binDays, hidePulls }, { caller }) {
      const confirm = authorizeRegistry(caller, PutRegistrySettings)
      const settings = { binDays, hidesPulls: hidePulls }
      return describeRegistry(await putRegistrySettings(context, caller.actor, caller.accountId, settings, confirm))
    },
  }
}
