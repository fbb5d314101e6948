import type { Handlers } from '@berth/model'
import type { BerthHandlers } from '@berth/model/berth'
import type { ControlCall, ControlDependencies } from './call.ts'
import { auditHandlers } from './handlers/berth-audit.ts'
import { binHandlers } from './handlers/berth-bin.ts'
import { pullHandlers } from './handlers/berth-pulls.ts'
import { settingsHandlers } from './handlers/berth-settings.ts'
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

/** All operations of berth's own. */
export function createBerthHandlers(dependencies: ControlDependencies): BerthHandlers<ControlCall> {
  return {
    ...binHandlers(dependencies),
    ...settingsHandlers(dependencies),
    ...auditHandlers(dependencies),
    ...pullHandlers(dependencies),
  }
}
