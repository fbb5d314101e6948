import type { Handlers } from '@berth/model'
import type { ControlCall, ControlDependencies } from './call.ts'
import { catalogHandlers } from './handlers/catalog.ts'
import { imageHandlers } from './handlers/images.ts'
import { layerHandlers } from './handlers/layers.ts'
import { policyHandlers } from './handlers/policies.ts'
import { registryHandlers } from './handlers/registry.ts'
import { repositoryHandlers } from './handlers/repositories.ts'
import { resourceTagHandlers } from './handlers/resource-tags.ts'

/** All operations of ECR Public; one that is missing does not compile. */
export function createHandlers(dependencies: ControlDependencies): Handlers<ControlCall> {
  return {
    ...repositoryHandlers(dependencies),
    ...imageHandlers(dependencies),
    ...layerHandlers(dependencies),
    ...policyHandlers(dependencies),
    ...catalogHandlers(dependencies),
    ...resourceTagHandlers(dependencies),
    ...registryHandlers(dependencies),
  }
}
