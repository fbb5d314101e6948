import { type Handlers, operations } from '@berth/model'
import { isRepositoryName, parseAccountId, parseRepositoryName } from '../../../domain/names.ts'
import { fillPage } from '../../../registry/page.ts'
import { deleteRepository } from '../../../registry/repositories/delete-repository.ts'
import { primaryAlias } from '../../../registry/repositories/registries.ts'
import { createRepository, listRepositories } from '../../../registry/repositories/repositories.ts'
import { authorizeAllRepositories, authorizeRepository } from '../../access/control-policies.ts'
import type { ControlCall, ControlDependencies } from '../call.ts'
import { readCatalogInput } from '../catalog-input.ts'
import { readPage, refusePaging, writeToken } from '../page-token.ts'
import { readResourceTags } from '../resource-tag-input.ts'
import { wireCatalogData, wireRepository } from '../wire-rows.ts'

type RepositoryOperation = 'CreateRepository' | 'DeleteRepository' | 'DescribeRepositories'

export function repositoryHandlers({
  context,
  removals,
}: ControlDependencies): Pick<Handlers<ControlCall>, RepositoryOperation> {
  const { metadata } = context
  return {
    async CreateRepository(input, call) {
      const { accountId } = call.caller
      const name = parseRepositoryName(input.repositoryName)
      const resourceTags = readResourceTags(input.tags ?? [])
      const resource = { kind: 'repository', accountId, name, row: undefined } as const
      const actions = [operations.CreateRepository, ...(resourceTags.length > 0 ? [operations.TagResource] : [])]
      const asked = actions.map(({ iamAction }) => iamAction)
      const confirm = call.caller.require(asked, resource, { requestTags: resourceTags })
      const catalogData = input.catalogData && readCatalogInput(input.catalogData)
      const wanted = { accountId, name, catalogData, resourceTags }
      const row = await createRepository(context, call.caller.actor, wanted, confirm)
      return {
        repository: wireRepository(row, await primaryAlias(metadata, accountId), call),
        catalogData: row.catalogData === undefined ? {} : wireCatalogData(row.catalogData, call),
      }
    },

    async DeleteRepository(input, call) {
      const row = await authorizeRepository(metadata.rows, call.caller, 'DeleteRepository', input)
      await deleteRepository(context, call.caller.actor, removals, row, { force: input.force ?? false })
      return { repository: wireRepository(row, await primaryAlias(metadata, row.accountId), call) }
    },

    async DescribeRepositories(input, call) {
      const { registryId, repositoryNames } = input
      if (repositoryNames !== undefined) {
        refusePaging(input, 'repositoryNames')
        const rows = []
        for (const repositoryName of new Set(repositoryNames)) {
          const request = { registryId, repositoryName }
          rows.push(await authorizeRepository(metadata.rows, call.caller, 'DescribeRepositories', request))
        }
        const [first] = rows
        const alias = first && (await primaryAlias(metadata, first.accountId))
        return { repositories: alias === undefined ? [] : rows.map(row => wireRepository(row, alias, call)) }
      }
      const accountId = registryId === undefined ? call.caller.accountId : parseAccountId(registryId)
      authorizeAllRepositories(call.caller, 'DescribeRepositories', accountId)
      const listing = { operation: 'DescribeRepositories', subject: accountId, isKey: isRepositoryName } as const
      const alias = await primaryAlias(metadata, accountId)
      const { items, next } = await fillPage({
        page: readPage(listing, input),
        list: page => listRepositories(metadata, accountId, page),
        toWire: row => wireRepository(row, alias, call),
        makeRoom: call.makeRoom,
      })
      return {
        repositories: items,
        nextToken: next && writeToken(listing, next),
      }
    },
  }
}
