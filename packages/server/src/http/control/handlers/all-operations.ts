import type { Handlers } from '@berth/model'
import type { BerthHandlers } from '@berth/model/berth'
import type { ControlCall, ControlDependencies } from '../call.ts'
import { auditHandlers } from './berth-audit.ts'
import { binHandlers } from './berth-bin.ts'
import { galleryHandlers } from './berth-gallery.ts'
import { pullHandlers } from './berth-pulls.ts'
import { settingsHandlers } from './berth-settings.ts'
import { catalogHandlers } from './catalog.ts'
import { imageHandlers } from './images.ts'
import { layerHandlers } from './layers.ts'
import { policyHandlers } from './policies.ts'
import { registryHandlers } from './registry.ts'
import { repositoryHandlers } from './repositories.ts'
import { resourceTagHandlers } from './resource-tags.ts'

/** The handlers of all operations of ECR Public. One that is missing does not compile. */
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

/** The handlers of all operations of berth's own. */
export function createBerthHandlers(dependencies: ControlDependencies): BerthHandlers<ControlCall> {
  return {
    ...binHandlers(dependencies),
    ...settingsHandlers(dependencies),
    ...auditHandlers(dependencies),
    ...pullHandlers(dependencies),
    ...galleryHandlers(dependencies),
  }
}
