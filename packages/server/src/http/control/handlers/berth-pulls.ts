import { type BerthHandlers, berthOperations } from '@berth/model/berth'
import { isDigest } from '../../../domain/digest.ts'
import { type DescribedImage, findImages, listImages } from '../../../registry/describe-images.ts'
import { authorizeRepository } from '../authorize.ts'
import type { ControlCall, ControlDependencies } from '../call.ts'
import { readPage, refusePaging, writeToken } from '../page-token.ts'

const { DescribeImagePulls } = berthOperations

/** When images were last pulled, which ECR Public does not tell. */
export function pullHandlers({
  context: { metadata },
}: ControlDependencies): Pick<BerthHandlers<ControlCall>, 'DescribeImagePulls'> {
  return {
    async DescribeImagePulls(input, { caller }) {
      const row = await authorizeRepository(metadata.rows, caller, DescribeImagePulls, input)
      if (input.imageIds !== undefined) {
        refusePaging(input, 'imageIds')
        return { imagePulls: (await findImages(metadata, row, input.imageIds)).map(wirePull) }
      }
      const listing = { operation: DescribeImagePulls.name, subject: row.id, isKey: isDigest } as const
      const { items, next } = await listImages(metadata, row.id, readPage(listing, input))
      return { imagePulls: items.map(wirePull), nextToken: next && writeToken(listing, next) }
    },
  }
}

const wirePull = ({ manifest: { digest, lastPulledAt } }: DescribedImage) => ({
  imageDigest: digest,
  lastPulledAt: lastPulledAt === undefined ? undefined : new Date(lastPulledAt),
})
