import type { Handlers, Output } from '@berth/model'
import { isDigest } from '../../../domain/digest.ts'
import { isTag } from '../../../domain/names.ts'
import { ControlError, RegistryError } from '../../../domain/problem.ts'
import { ANSWER_BYTES } from '../../../registry/answer-limit.ts'
import type { RegistryContext } from '../../../registry/context.ts'
import { deleteImages } from '../../../registry/images/delete-images.ts'
import { areImagesStill, areTagsStill, listImages, listImageTags } from '../../../registry/images/describe-images.ts'
import { pushManifest } from '../../../registry/images/push-manifest.ts'
import { fillPage } from '../../../registry/page.ts'
import { authorizeRepository } from '../../access/control-policies.ts'
import type { ControlCall, ControlDependencies } from '../call.ts'
import { describeNamed } from '../describe-named.ts'
import { wireFailures } from '../image-failures.ts'
import { distinctIds, type ImageId, readImageId, refsOf, TAG_PATTERN } from '../image-ids.ts'
import { DIGEST_PATTERN, isLooseDigest } from '../loose-digest.ts'
import { readPage, refusePaging, writeToken } from '../page-token.ts'
import { wireImage, wireTag } from '../wire-rows.ts'

type ImageOperation = 'BatchDeleteImage' | 'DescribeImages' | 'DescribeImageTags' | 'PutImage'

export function imageHandlers({ context }: ControlDependencies): Pick<Handlers<ControlCall>, ImageOperation> {
  const { metadata } = context
  return {
    async BatchDeleteImage(input, call) {
      const row = await authorizeRepository(metadata.rows, call.caller, 'BatchDeleteImage', input)
      const ids = distinctIds(input.imageIds).map(id => readImageId(id, 'loose'))
      // The answer has each tag that goes.
      const makeRoom = () => call.makeRoom(ANSWER_BYTES)
      const plan = await deleteImages(context, call.caller.actor, row, refsOf(ids), makeRoom)
      return {
        imageIds: plan.deleted.map(({ digest, tag }) => ({ imageDigest: digest, imageTag: tag })),
        failures: wireFailures(ids, plan.failures).map(failure => ({
          ...failure,
          // `ImageProtected` is berth's own; the SDKs hand codes that they do not know to their callers.
          failureCode: failure.failureCode as WireFailureCode,
        })),
      }
    },

    async DescribeImages(input, call) {
      const row = await authorizeRepository(metadata.rows, call.caller, 'DescribeImages', input)
      if (input.imageIds !== undefined) {
        refusePaging(input, 'imageIds')
        for (const [index, id] of input.imageIds.entries()) checkImageId(id, `imageIds[${index}]`)
        return {
          imageDetails: await describeNamed(metadata, row, input.imageIds, call, image => wireImage(image, row)),
        }
      }
      const listing = { operation: 'DescribeImages', subject: row.id, isKey: isDigest } as const
      const { items, next } = await fillPage({
        page: readPage(listing, input),
        list: page => listImages(metadata, row.id, page),
        toWire: image => wireImage(image, row),
        makeRoom: call.makeRoom,
        isStill: images => areImagesStill(metadata, row.id, images),
      })
      return { imageDetails: items, nextToken: next && writeToken(listing, next) }
    },

    async DescribeImageTags(input, call) {
      const row = await authorizeRepository(metadata.rows, call.caller, 'DescribeImageTags', input)
      const listing = { operation: 'DescribeImageTags', subject: row.id, isKey: isTag } as const
      const { items, next } = await fillPage({
        page: readPage(listing, input),
        list: page => listImageTags(metadata, row.id, page),
        toWire: wireTag,
        makeRoom: call.makeRoom,
        isStill: tags => areTagsStill(metadata, row.id, tags),
      })
      return { imageTagDetails: items, nextToken: next && writeToken(listing, next) }
    },

    PutImage: putImage(context),
  }
}

/** Pushes a manifest, with or without a tag; one that changes nothing is refused. */
function putImage(context: RegistryContext): Handlers<ControlCall>['PutImage'] {
  return async (input, { caller }) => {
    const row = await authorizeRepository(context.metadata.rows, caller, 'PutImage', input)
    const { imageManifest, imageManifestMediaType, imageTag, imageDigest } = input
    if (imageTag !== undefined && !isTag(imageTag))
      throw invalid('imageTag', `Member must satisfy regular expression pattern: ${TAG_PATTERN}`)
    if (imageDigest !== undefined && !isDigest(imageDigest))
      throw invalid('imageDigest', 'Member must be a sha256 or sha512 digest')
    const pushed = await pushManifest(context, caller.actor, {
      repository: row,
      bytes: Buffer.from(imageManifest),
      contentType: imageManifestMediaType,
      digest: imageDigest,
      tags: imageTag === undefined ? [] : [imageTag],
    })
    const { digest } = pushed
    if (!pushed.changed)
      throw new ControlError({
        kind: 'imageExists',
        digest,
        tag: imageTag,
        name: row.name,
        registryId: row.accountId,
      })
    return {
      image: {
        registryId: row.accountId,
        repositoryName: row.name,
        imageId: { imageDigest: digest, imageTag },
        imageManifest,
        imageManifestMediaType: pushed.mediaType,
      },
    }
  }
}

/** DescribeImages has no list of failures: an id that cannot name an image fails the call. */
function checkImageId({ imageDigest, imageTag }: ImageId, member: string): void {
  if (imageDigest === undefined && imageTag === undefined)
    throw invalid(member, 'Member must have an imageDigest or an imageTag')
  if (imageDigest !== undefined && !isLooseDigest(imageDigest))
    throw invalid(`${member}.imageDigest`, `Member must satisfy regular expression pattern: ${DIGEST_PATTERN}`)
}

type WireFailureCode = NonNullable<NonNullable<Output<'BatchDeleteImage'>['failures']>[number]['failureCode']>

function invalid(member: string, constraint: string): RegistryError {
  return new RegistryError({ kind: 'parameterInvalid', member, constraint })
}
