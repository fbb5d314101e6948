import { type BerthHandlers, berthOperations } from '@berth/model/berth'
import { RegistryError } from '../../../domain/problem.ts'
import type { DeletionId, Page } from '../../../ports/rows/common.ts'
import { ANSWER_BYTES } from '../../../registry/answer-limit.ts'
import { findUncollected } from '../../../registry/bin/find-uncollected.ts'
import { type DeletedKey, listDeleted, listDeletedOfRegistry } from '../../../registry/bin/list-deleted.ts'
import { purgeImages } from '../../../registry/bin/purge-images.ts'
import { restoreImages } from '../../../registry/bin/restore-images.ts'
import { fillPage } from '../../../registry/page.ts'
import { authorizeRepository, authorizeWholeRegistry } from '../../access/control-policies.ts'
import type { ControlCall, ControlDependencies } from '../call.ts'
import { wireFailures } from '../image-failures.ts'
import { readImageId, refsOf } from '../image-ids.ts'
import { type Listing, type Paged, readPage, writeToken } from '../page-token.ts'
import { wireDeleted } from '../wire-rows.ts'

type BinOperation = 'ListDeletedImages' | 'RestoreImages' | 'PurgeDeletedImages'

const { ListDeletedImages, RestoreImages, PurgeDeletedImages } = berthOperations

/** Deleted images: lists what can be restored, restores it, and purges it. */
export function binHandlers({ context }: ControlDependencies): Pick<BerthHandlers<ControlCall>, BinOperation> {
  const { metadata } = context
  return {
    async ListDeletedImages({ registryId, repositoryName, ...paged }, { caller, makeRoom }) {
      if (repositoryName === undefined) {
        const accountId = await authorizeWholeRegistry(metadata.rows, caller, ListDeletedImages, { registryId })
        const listing = binListing(accountId)
        const { items, next } = await fillPage({
          page: readBinPage(listing, paged),
          list: page => listDeletedOfRegistry(context, accountId, page),
          toWire: ({ deleted, repository }) => wireDeleted(deleted, repository),
          makeRoom,
        })
        return {
          deletedImages: items,
          nextToken: next && writeToken(listing, keyText(next)),
        }
      }
      const row = await authorizeRepository(metadata.rows, caller, ListDeletedImages, { registryId, repositoryName })
      const listing = binListing(row.id)
      const { items, next } = await fillPage({
        page: readBinPage(listing, paged),
        list: page => listDeleted(context, row.id, page),
        toWire: deleted => wireDeleted(deleted, row),
        makeRoom,
      })
      return {
        deletedImages: items,
        nextToken: next && writeToken(listing, keyText(next)),
      }
    },

    async RestoreImages(input, { caller, makeRoom }) {
      const row = await authorizeRepository(metadata.rows, caller, RestoreImages, input)
      await makeRoom(ANSWER_BYTES)
      const ids = input.imageIds.map(id => readImageId(id, 'strict'))
      const { restored, failures } = await restoreImages(context, caller.actor, row, refsOf(ids))
      return {
        restoredImages: restored.map(({ digest, tags, taken }) => ({
          imageDigest: digest,
          imageTags: tags,
          takenTags: taken.map(({ tag, digest: holder }) => ({ imageTag: tag, imageDigest: holder })),
        })),
        failures: wireFailures(ids, failures),
      }
    },

    async PurgeDeletedImages(input, { caller, makeRoom }) {
      const row = await authorizeRepository(metadata.rows, caller, PurgeDeletedImages, input)
      const { imageIds, all = false } = input
      // A bin is not to be emptied for good because somebody forgot to say which images.
      if ((imageIds === undefined) !== all)
        throw new RegistryError({
          kind: 'parameterInvalid',
          member: 'imageIds',
          constraint: "Member must be given, unless 'all' is true",
        })
      await makeRoom(ANSWER_BYTES)
      const ids = imageIds?.map(id => readImageId(id, 'strict'))
      const { purged, failures } = await purgeImages(context, caller.actor, row, ids && refsOf(ids))
      const left = await findUncollected(context, row)
      return {
        purgedImages: purged.map(({ digest, tags }) => ({ imageDigest: digest, imageTags: tags })),
        failures: wireFailures(ids ?? [], failures),
        uncollected: left && { blobCount: left.blobs, byteCount: left.bytes, waitsUntil: new Date(left.until) },
      }
    },
  }
}

/** An account's listing and a repository's are told apart by the type of their subject. */
const binListing = (subject: string | number): Listing<KeyText> => ({
  operation: ListDeletedImages.name,
  subject,
  isKey: (text): text is KeyText => /^\d{0,15}\.\d{0,15}$/.test(text),
})

/** The last image and the last tag that were listed. */
type KeyText = `${number | ''}.${number | ''}`
const keyText = ({ image, tag }: DeletedKey): KeyText => `${image ?? ''}.${tag ?? ''}`

function readBinPage(listing: Listing<KeyText>, paged: Paged): Page<DeletedKey> {
  const { after, limit } = readPage(listing, paged)
  if (after === undefined) return { limit }
  const [image, tag] = after.split('.').map(each => (each === '' ? undefined : Number(each)))
  return { after: { image: image as DeletionId | undefined, tag }, limit }
}
