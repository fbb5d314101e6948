import type { Handlers } from '@berth/model'
import { ControlError } from '../../../domain/problem.ts'
import { putCatalogData } from '../../../registry/repositories/catalog-data.ts'
import { describeRegistry, setDisplayName } from '../../../registry/repositories/registries.ts'
import { authorizeRegistry, authorizeRepository } from '../../access/control-policies.ts'
import type { ControlCall, ControlDependencies } from '../call.ts'
import { readCatalogInput } from '../catalog-input.ts'
import { wireCatalogData } from '../wire-rows.ts'

type CatalogOperation =
  | 'GetRegistryCatalogData'
  | 'PutRegistryCatalogData'
  | 'GetRepositoryCatalogData'
  | 'PutRepositoryCatalogData'

export function catalogHandlers({ context }: ControlDependencies): Pick<Handlers<ControlCall>, CatalogOperation> {
  const { metadata } = context
  return {
    async GetRegistryCatalogData(_input, { caller }) {
      authorizeRegistry(caller, 'GetRegistryCatalogData')
      const described = await describeRegistry(metadata, caller.accountId)
      return { registryCatalogData: { displayName: described?.registry.displayName } }
    },

    async PutRegistryCatalogData({ displayName }, { caller }) {
      const confirm = authorizeRegistry(caller, 'PutRegistryCatalogData')
      await setDisplayName(context, caller.actor, caller.accountId, displayName, confirm)
      return { registryCatalogData: { displayName } }
    },

    async GetRepositoryCatalogData(input, call) {
      const { catalogData, name, accountId } = await authorizeRepository(
        metadata.rows,
        call.caller,
        'GetRepositoryCatalogData',
        input,
      )
      if (catalogData === undefined)
        throw new ControlError({ kind: 'catalogDataNotFound', name, registryId: accountId })
      return { catalogData: wireCatalogData(catalogData, call) }
    },

    async PutRepositoryCatalogData(input, call) {
      const row = await authorizeRepository(metadata.rows, call.caller, 'PutRepositoryCatalogData', input)
      const catalogData = await putCatalogData(context, call.caller.actor, row, readCatalogInput(input.catalogData))
      return { catalogData: wireCatalogData(catalogData, call) }
    },
  }
}
