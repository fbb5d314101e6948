import { type Operation, operations } from '@berth/model'

/** The operations in the order of the service's model, which is that of their names. */
export const operationList: readonly Operation[] = Object.values<Operation>(operations).sort((a, b) =>
  a.name < b.name ? -1 : 1,
)
