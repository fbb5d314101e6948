import type { AccountId } from '../names.ts'

/** Who asks, once authenticated. In its own account root may do all that no policy denies. */
export type Principal =
  | { readonly kind: 'root'; readonly accountId: AccountId }
  | {
      readonly kind: 'user'
      readonly accountId: AccountId
      readonly userName: string
      /** The unique id behind `aws:userid`. */
      readonly userId: string
    }
