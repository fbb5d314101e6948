import { isProblem } from '../../domain/problem.ts'
import type { RegistryContext } from '../../registry/context.ts'
import type { ImagePath } from '../../registry/pull.ts'
import { createRepository } from '../../registry/repositories.ts'
import type { RegistryCaller } from './access.ts'

/** Makes a repository that a push names, in registries that are set so and for callers that may create it. */
export function createOnPush(context: RegistryContext): (path: ImagePath, caller: RegistryCaller) => Promise<void> {
  return async (path, caller) => {
    const { rows } = context.metadata
    const alias = await rows.registries.findAlias(path.alias)
    const registry = alias && (await rows.registries.find(alias.accountId))
    if (registry?.createOnPush !== true) return
    await caller.require(path, 'push', 'CreateRepository')
    try {
      await createRepository(context, { accountId: registry.accountId, name: path.name, resourceTags: [] })
    } catch (error) {
      // Layers are pushed side by side: another request of the same push was first.
      if (!isProblem(error, 'repositoryExists')) throw error
    }
  }
}
