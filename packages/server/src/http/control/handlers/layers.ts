import type { Handlers } from '@berth/model'
import { isDigest } from '../../../domain/digest.ts'
import type { UploadId } from '../../../ports/rows/common.ts'
import { leaseBlobs } from '../../../registry/blobs/blobs.ts'
import { completeLayerUpload, uploadLayerPart } from '../../../registry/blobs/layers.ts'
import { authorizeRepository } from '../../access/control-policies.ts'
import type { ControlCall, ControlDependencies } from '../call.ts'
import { DIGEST_PATTERN, isLooseDigest } from '../loose-digest.ts'

type LayerOperation = 'BatchCheckLayerAvailability' | 'InitiateLayerUpload' | 'UploadLayerPart' | 'CompleteLayerUpload'

/** Layers by API. Sizes and order of parts are checked here; uploads do the rest. */
export function layerHandlers({ context, uploads }: ControlDependencies): Pick<Handlers<ControlCall>, LayerOperation> {
  const { rows } = context.metadata
  return {
    async BatchCheckLayerAvailability(input, call) {
      const row = await authorizeRepository(rows, call.caller, 'BatchCheckLayerAvailability', input)
      const asked = [...new Set(input.layerDigests)]
      // A digest that the service would take but not compute names no layer, and so is an absent one.
      const valid = asked.filter(isLooseDigest)
      const sizes: ReadonlyMap<string, number> = await leaseBlobs(context, row.id, valid.filter(isDigest))
      return {
        layers: valid.map(layerDigest => {
          const layerSize = sizes.get(layerDigest)
          return { layerDigest, layerAvailability: layerSize === undefined ? 'UNAVAILABLE' : 'AVAILABLE', layerSize }
        }),
        failures: asked.filter(digest => !isLooseDigest(digest)).map(layerFailure),
      }
    },

    async InitiateLayerUpload(input, call) {
      const row = await authorizeRepository(rows, call.caller, 'InitiateLayerUpload', input)
      return { uploadId: await uploads.begin(row), partSize: context.quotas.layerPartMaxBytes }
    },

    async UploadLayerPart(input, call) {
      const row = await authorizeRepository(rows, call.caller, 'UploadLayerPart', input)
      const { layerPartBlob: blob } = input
      const lastByteReceived = await uploadLayerPart(context, uploads, row, uploadIdOf(input), {
        firstByte: input.partFirstByte,
        lastByte: input.partLastByte,
        bytes: Buffer.from(blob.buffer, blob.byteOffset, blob.byteLength),
        holder: call.caller.holder,
      })
      return { registryId: row.accountId, repositoryName: row.name, uploadId: input.uploadId, lastByteReceived }
    },

    async CompleteLayerUpload(input, call) {
      const row = await authorizeRepository(rows, call.caller, 'CompleteLayerUpload', input)
      const { digest } = await completeLayerUpload(uploads, row, uploadIdOf(input), input.layerDigests)
      return {
        registryId: row.accountId,
        repositoryName: row.name,
        uploadId: input.uploadId,
        layerDigest: digest,
      }
    },
  }
}

/** The model has checked the form; ids are made in lower case. */
const uploadIdOf = ({ uploadId }: { uploadId: string }): UploadId => uploadId.toLowerCase() as UploadId

function layerFailure(layerDigest: string) {
  return layerDigest === ''
    ? ({
        layerDigest,
        failureCode: 'MissingLayerDigest',
        failureReason: 'Invalid request parameters: layer digest cannot be empty',
      } as const)
    : ({
        layerDigest,
        failureCode: 'InvalidLayerDigest',
        failureReason: `Invalid request parameters: layer digest should satisfy the regex '${DIGEST_PATTERN}'`,
      } as const)
}
