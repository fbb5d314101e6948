import type { HandlersOf } from './operation.ts'
import { catalogOperations } from './operations/catalog.ts'
import { imageOperations } from './operations/images.ts'
import { layerOperations } from './operations/layers.ts'
import { policyOperations } from './operations/policies.ts'
import { registryOperations } from './operations/registry.ts'
import { repositoryOperations } from './operations/repositories.ts'
import { resourceTagOperations } from './operations/resource-tags.ts'
import type { Infer } from './shapes.ts'

/** The 23 operations of the Amazon ECR Public API, version 2020-10-30, by their wire name. */
export const operations = {
  ...repositoryOperations,
  ...imageOperations,
  ...layerOperations,
  ...policyOperations,
  ...catalogOperations,
  ...resourceTagOperations,
  ...registryOperations,
}

export type Operations = typeof operations
export type OperationName = keyof Operations
export type Input<Op extends OperationName> = Infer<Operations[Op]['input']>
export type Output<Op extends OperationName> = Infer<Operations[Op]['output']>

/** One function for each operation. A handler that is missing does not compile. */
export type Handlers<Context> = HandlersOf<Operations, Context>

/**
 * Whether a name from the wire is that of an operation. `constructor` and other names that every object has are none.
 */
export function isOperationName(name: string): name is OperationName {
  return Object.hasOwn(operations, name)
}
