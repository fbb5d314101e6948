import { type BerthHandlers, berthOperations } from '@berth/model/berth'
import { ControlError } from '../../../domain/problem.ts'
import { createSignInLink } from '../../../registry/access/sign-in-links.ts'
import type { ControlCall, ControlDependencies } from '../call.ts'

/** The way from a terminal to the pages of the server. */
export function galleryHandlers({
  context,
  hasGallery = true,
}: ControlDependencies): Pick<BerthHandlers<ControlCall>, 'CreateSignInLink'> {
  return {
    async CreateSignInLink(_, { caller, publicUrl }) {
      caller.require(berthOperations.CreateSignInLink.iamAction, { kind: 'any' })
      if (!hasGallery) {
        const why = 'the server shows no pages, as whoever runs it has set by --gallery false.'
        throw new ControlError({ kind: 'operationOff', operation: 'CreateSignInLink', why })
      }
      const { secret, expiresAt } = await createSignInLink(context, caller.accessKeyId)
      return { url: `${publicUrl}/-/signin/link/${secret}`, expiresAt: new Date(expiresAt) }
    },
  }
}
