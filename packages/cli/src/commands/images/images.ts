import { berth, berthOperations } from '@berth/model/berth'
import { berthCommand, berthGroup, REPOSITORY, withTable } from '../berth/berth-command.ts'
import { showAsTable } from '../berth/people-table.ts'
import type { ImageListing } from '../command.ts'
import { deletedTable } from './deleted-table.ts'
import { showPurged } from './show-purged.ts'

const { ListDeletedImages, RestoreImages, PurgeDeletedImages, DescribeImagePulls } = berthOperations

const deletedImages: ImageListing = { operation: ListDeletedImages, service: berth, resultKey: 'deletedImages' }

/** `berth images …` */
export const images = berthGroup(
  {
    name: 'images',
    summary: 'deleted images: what there is to restore, restoring, purging; last pulls',
    about:
      'Deleted images wait in a bin for some days, and as long it is known which image a tag led to before it was moved or deleted. These commands list what is there, bring it back, or empty the bin; and they tell when images were last pulled.',
  },
  [
    berthCommand({
      words: ['images', 'deleted'],
      operation: withTable(ListDeletedImages),
      service: berth,
      show: showAsTable(deletedTable),
      examples: [
        {
          about: 'Shows what was deleted in a repository, by whom and until when it can be restored:',
          options: [REPOSITORY],
        },
        {
          about: 'Lists the digests of what a lifecycle rule deleted, a line each:',
          options: ['--query "deletedImages[?contains(reason,\'rule\')].[imageDigest]"', '--output text'],
        },
      ],
    }),
    berthCommand({
      words: ['images', 'restore'],
      operation: RestoreImages,
      service: berth,
      imagesFrom: deletedImages,
      examples: [
        {
          about: 'Brings back the image that had a tag, with all its tags:',
          options: [REPOSITORY, '--image-ids imageTag=v1.2'],
        },
        {
          about: 'Takes a tag back from the image that it was moved to:',
          options: [
            REPOSITORY,
            '--image-ids imageDigest=sha256:examplee6d1e504117a17000003d3753086354a38375961f2e665416ef4b1b2f,imageTag=latest',
          ],
        },
      ],
    }),
    berthCommand({
      words: ['images', 'purge'],
      operation: PurgeDeletedImages,
      service: berth,
      show: showPurged,
      imagesFrom: deletedImages,
      examples: [{ about: 'Empties the bin of a repository, for good:', options: [REPOSITORY, '--all'] }],
    }),
    berthCommand({
      words: ['images', 'pulls'],
      operation: DescribeImagePulls,
      service: berth,
      examples: [
        {
          about: 'Lists the images that were never pulled:',
          options: [REPOSITORY, '--query "imagePulls[?!lastPulledAt].imageDigest"', '--output text'],
        },
      ],
    }),
  ],
)
