import { berthOperations } from '@berth/model/berth'

/** The actions of the bin that policies are asked for, under the names of the control API. */
export const BIN_ACTIONS = {
  list: berthOperations.ListDeletedImages,
  restore: berthOperations.RestoreImages,
  purge: berthOperations.PurgeDeletedImages,
} as const
