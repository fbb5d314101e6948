import { type BerthHandlers, berthOperations } from '@berth/model/berth'
import { createSignInLink } from '../../../registry/access/sign-in-links.ts'
import type { ControlCall, ControlDependencies } from '../call.ts'

/** The way from a terminal to the pages of the server. */
export function galleryHandlers({
  context,
}: ControlDependencies): Pick<BerthHandlers<ControlCall>, 'CreateSignInLink'> {
  return {
    async CreateSignInLink(_, { caller, publicUrl }) {
      caller.require(berthOperations.CreateSignInLink.iamAction, { kind: 'any' })
      const { secret, expiresAt } = await createSignInLink(context, caller.accessKeyId)
      return { url: `${publicUrl}/-/signin/link/${secret}`, expiresAt: new Date(expiresAt) }
    },
  }
}
