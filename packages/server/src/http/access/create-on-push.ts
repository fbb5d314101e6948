import type { ImagePath } from '../../domain/image-path.ts'
import type { RegistryAlias } from '../../domain/names.ts'
import { isProblem } from '../../domain/problem.ts'
import type { Rows } from '../../ports/metadata-store.ts'
import type { RegistryRow } from '../../ports/rows/repositories/registries.ts'
import type { RegistryContext } from '../../registry/context.ts'
import { createRepository } from '../../registry/repositories/repositories.ts'
import type { OciCaller } from './oci-caller.ts'

/** Makes a repository that a push names, in registries that are set so and for callers that may create it. */
export function createOnPush(context: RegistryContext): (path: ImagePath, caller: OciCaller) => Promise<void> {
  return async (path, caller) => {
    const registry = await registryToCreateIn(context.metadata.rows, path.alias)
    if (registry === undefined) return
    const { confirm } = await caller.require(path, 'push', 'CreateRepository')
    try {
      const { accountId } = registry
      await createRepository(context, caller.actor, { accountId, name: path.name, resourceTags: [] }, confirm)
    } catch (error) {
      // Layers are pushed side by side: another request of the same push was first.
      if (!isProblem(error, 'repositoryExists')) throw error
    }
  }
}

/** The registry of an alias, if a push makes the repositories that it names there. */
export async function registryToCreateIn(rows: Rows, alias: RegistryAlias): Promise<RegistryRow | undefined> {
  const row = await rows.registries.findAlias(alias)
  const registry = row && (await rows.registries.find(row.accountId))
  return registry?.createOnPush === true ? registry : undefined
}
