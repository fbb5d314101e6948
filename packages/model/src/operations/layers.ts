import { operation } from '../operation.ts'
import {
  batchedLayerDigest,
  layerDigest,
  layerPartBlob,
  partSize,
  registryId,
  registryIdOrAlias,
  repositoryName,
  uploadId,
} from '../scalars.ts'
import { described, list } from '../shapes.ts'
import { layer, layerFailure } from '../structures.ts'

export const layerOperations = {
  BatchCheckLayerAvailability: operation('BatchCheckLayerAvailability', {
    documentation:
      'Tells which of up to 100 layers a repository holds, so that a push need not upload them again. Image clients call it; people seldom do.',
    input: {
      registryId: registryIdOrAlias,
      repositoryName,
      layerDigests: list('BatchedOperationLayerDigestList', batchedLayerDigest, {
        min: 1,
        max: 100,
        documentation: 'The digests of the layers to look for.',
      }),
    },
    required: ['repositoryName', 'layerDigests'],
    output: {
      layers: list('LayerList', layer, { documentation: 'The layers, available or not.' }),
      failures: list('LayerFailureList', layerFailure, { documentation: 'The digests that are not usable, and why.' }),
    },
    errors: [
      'RepositoryNotFoundException',
      'InvalidParameterException',
      'ServerException',
      'RegistryNotFoundException',
      'UnsupportedCommandException',
    ],
  }),
  InitiateLayerUpload: operation('InitiateLayerUpload', {
    documentation: 'Starts the upload of an image layer. Image clients call it; people seldom do.',
    input: { registryId: registryIdOrAlias, repositoryName },
    required: ['repositoryName'],
    output: {
      uploadId: described(uploadId, 'The name of the upload for the calls that follow.'),
      partSize: described(partSize, 'The advised size of a layer part, in bytes.'),
    },
    errors: [
      'ServerException',
      'InvalidParameterException',
      'RepositoryNotFoundException',
      'RegistryNotFoundException',
      'UnsupportedCommandException',
    ],
  }),
  UploadLayerPart: operation('UploadLayerPart', {
    documentation:
      'Uploads one part of an image layer, directly after the part before. Image clients call it; people seldom do.',
    input: {
      registryId: registryIdOrAlias,
      repositoryName,
      uploadId,
      partFirstByte: described(partSize, 'The position of the first byte of the part within the layer.'),
      partLastByte: described(partSize, 'The position of the last byte of the part within the layer.'),
      layerPartBlob,
    },
    required: ['repositoryName', 'uploadId', 'partFirstByte', 'partLastByte', 'layerPartBlob'],
    output: {
      registryId,
      repositoryName,
      uploadId,
      lastByteReceived: described(partSize, 'The position of the last byte received, within the layer.'),
    },
    errors: [
      'ServerException',
      'InvalidParameterException',
      'InvalidLayerPartException',
      'RepositoryNotFoundException',
      'UploadNotFoundException',
      'LimitExceededException',
      'RegistryNotFoundException',
      'UnsupportedCommandException',
    ],
  }),
  CompleteLayerUpload: operation('CompleteLayerUpload', {
    documentation:
      'Ends the upload of an image layer, checks its digest and stores it. Image clients call it; people seldom do.',
    input: {
      registryId: registryIdOrAlias,
      repositoryName,
      uploadId,
      layerDigests: list('LayerDigestList', layerDigest, {
        min: 1,
        max: 100,
        documentation: 'Digests of the layer, of which one must be the digest of what was uploaded.',
      }),
    },
    required: ['repositoryName', 'uploadId', 'layerDigests'],
    output: {
      registryId,
      repositoryName,
      uploadId,
      layerDigest: described(layerDigest, 'The digest of what was uploaded.'),
    },
    errors: [
      'ServerException',
      'InvalidParameterException',
      'RepositoryNotFoundException',
      'UploadNotFoundException',
      'InvalidLayerException',
      'LayerPartTooSmallException',
      'LayerAlreadyExistsException',
      'EmptyUploadException',
      'RegistryNotFoundException',
      'UnsupportedCommandException',
    ],
  }),
}
