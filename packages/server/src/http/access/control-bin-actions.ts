import { berthOperations } from '@berth/model/berth'

/** What policies are asked of the bin, under the names of the control API. */
export const BIN_ACTIONS = {
  list: berthOperations.ListDeletedImages,
  restore: berthOperations.RestoreImages,
  purge: berthOperations.PurgeDeletedImages,
} as const
