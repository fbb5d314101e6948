import { type BerthHandlers, berthOperations } from '@berth/model/berth'
import { isDigest } from '../../../domain/digest.ts'
import { areImagesStill, type DescribedImage, listImages } from '../../../registry/images/describe-images.ts'
import { fillPage } from '../../../registry/page.ts'
import { authorizeRepository } from '../../access/control-policies.ts'
import type { ControlCall, ControlDependencies } from '../call.ts'
import { describeNamed } from '../describe-named.ts'
import { readPage, refusePaging, writeToken } from '../page-token.ts'

const { DescribeImagePulls } = berthOperations

/** Tells when images were last pulled. ECR Public has no such operation. */
export function pullHandlers({
  context: { metadata },
}: ControlDependencies): Pick<BerthHandlers<ControlCall>, 'DescribeImagePulls'> {
  return {
    async DescribeImagePulls(input, call) {
      const row = await authorizeRepository(metadata.rows, call.caller, DescribeImagePulls, input)
      if (input.imageIds !== undefined) {
        refusePaging(input, 'imageIds')
        return { imagePulls: await describeNamed(metadata, row, input.imageIds, call, wirePull) }
      }
      const listing = { operation: DescribeImagePulls.name, subject: row.id, isKey: isDigest } as const
      const { items, next } = await fillPage({
        page: readPage(listing, input),
        list: page => listImages(metadata, row.id, page),
        toWire: wirePull,
        makeRoom: call.makeRoom,
        isStill: images => areImagesStill(metadata, row.id, images),
      })
      return { imagePulls: items, nextToken: next && writeToken(listing, next) }
    },
  }
}

const wirePull = ({ manifest: { digest, lastPulledAt } }: DescribedImage) => ({
  imageDigest: digest,
  lastPulledAt: lastPulledAt === undefined ? undefined : new Date(lastPulledAt),
})
