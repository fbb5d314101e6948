import fc, { type Arbitrary } from 'fast-check'
import type { Action } from './action.ts'
import { purge, restore } from './bin-actions.ts'
import { deleteBatch, deleteBlob, type Id, removeTag } from './deletions.ts'
import { POLICIES, setPolicy } from './lifecycle-actions.ts'
import { beginUpload, finishUpload, headBlob, mount, pushImage } from './pushes.ts'
import { BLOBS, IMAGES, REPOSITORIES, TAGS } from './universe.ts'
import { choose, chooseForRegistry, collect, createRepository, deleteRepository, emptyJournal, pass } from './upkeep.ts'

/** One of the repositories. Most of the time it is the first, so that much comes together there. */
export const anyRepository = fc.oneof(
  { weight: 4, arbitrary: fc.constant(REPOSITORIES[0]) },
  { weight: 1, arbitrary: fc.constantFrom(...REPOSITORIES) },
)
const blob = fc.constantFrom(...BLOBS)
export const anyImage = fc.constantFrom(...IMAGES)
const tag = fc.constantFrom(...TAGS)
export const anyTags = fc.subarray([...TAGS])
const slot = fc.nat({ max: 1 })
const days = fc.constantFrom(undefined, 0, 0, 1, 30)
const policy = fc.constantFrom(...POLICIES)
const patterns = fc.constantFrom([], ['latest'], ['*', '!v*'])

const id: Arbitrary<Id> = fc.oneof(
  { weight: 3, arbitrary: anyImage.map(each => ({ image: each })) },
  { weight: 2, arbitrary: tag.map(each => ({ tag: each })) },
  { weight: 1, arbitrary: fc.record({ image: anyImage, tag }) },
)
const ids = fc.oneof(fc.array(id, { minLength: 1, maxLength: 4 }), fc.constant(IMAGES.map(each => ({ image: each }))))

/** A blob that a client is told of, so that it does not send its bytes. */
export const anyPromise: Arbitrary<Action> = fc.oneof(
  weighted(
    1,
    fc.tuple(anyRepository, blob).map(args => headBlob(...args)),
  ),
  weighted(
    4,
    fc
      .tuple(fc.constantFrom(undefined, ...REPOSITORIES), fc.constantFrom(...REPOSITORIES), blob)
      .map(args => mount(...args)),
  ),
)

/** Any action. Blobs alone seldom come together in the right order, so whole images are pushed too. */
export const anyAction: Arbitrary<Action> = fc.oneof(
  weighted(
    2,
    fc.tuple(slot, anyRepository, blob).map(args => beginUpload(...args)),
  ),
  weighted(3, slot.map(finishUpload)),
  weighted(5, anyPromise),
  weighted(
    8,
    fc.tuple(anyRepository, anyImage, anyTags).map(args => pushImage(...args)),
  ),
  weighted(
    12,
    fc.tuple(anyRepository, ids).map(args => deleteBatch(...args)),
  ),
  weighted(
    1,
    fc.tuple(anyRepository, tag).map(args => removeTag(...args)),
  ),
  weighted(
    1,
    fc.tuple(anyRepository, blob).map(args => deleteBlob(...args)),
  ),
  weighted(
    6,
    fc.tuple(anyRepository, ids).map(args => restore(...args)),
  ),
  weighted(
    3,
    fc.tuple(anyRepository, fc.option(ids, { nil: undefined })).map(args => purge(...args)),
  ),
  weighted(1, anyRepository.map(createRepository)),
  weighted(
    1,
    fc.tuple(anyRepository, fc.boolean()).map(args => deleteRepository(...args)),
  ),
  weighted(
    2,
    fc
      .tuple(anyRepository, fc.record({ binDays: days, protectedTags: patterns, immutableTags: patterns }))
      .map(args => choose(...args)),
  ),
  weighted(1, days.map(chooseForRegistry)),
  weighted(
    2,
    fc.tuple(anyRepository, fc.option(policy, { freq: 3, nil: undefined })).map(args => setPolicy(...args)),
  ),
  weighted(6, fc.constantFrom(collect, pass)),
  weighted(1, fc.constant(emptyJournal)),
)

function weighted<T>(weight: number, arbitrary: Arbitrary<T>): { weight: number; arbitrary: Arbitrary<T> } {
  return { weight, arbitrary }
}
