import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Digest, digestOf } from '../../domain/digest.ts'
import { type Harness, type Json, OWNER, startControl } from './testing/harness.ts'
import { indexOf, push, pushImage } from './testing/images.ts'

/** What every id of an image that a call may name is answered: each form of a digest with each form of a tag. */

const repositoryName = 'ids'
const ABSENT = digestOf('never pushed')
const DIGEST_REASON =
  "Invalid request parameters: image digest should satisfy the regex '[a-zA-Z0-9-_+.]+:[a-fA-F0-9]+'"
const TAG_REASON = "Invalid request parameters: image tag should satisfy the regex '[a-zA-Z0-9_][a-zA-Z0-9._-]{0,127}'"
const ELSEWHERE = 'Invalid request parameters: given tag does not map to the given digest'

const REASONS = {
  MissingDigestAndTag: 'Invalid request parameters: both tag and digest cannot be null',
  InvalidImageDigest: DIGEST_REASON,
  InvalidImageTag: TAG_REASON,
  ImageNotFound: 'Requested image not found',
  ImageTagDoesNotMatchDigest: ELSEWHERE,
}

/** Of other algorithms, lengths or case: the API takes them for digests, and no image has them. */
const STRANGE = ['sha256:ab', 'md5:00', `sha384:${'0'.repeat(96)}`, ABSENT.toUpperCase(), 'Some-1.x+y_z:F']
const NO_DIGESTS = ['nonsense', 'sha256:xyz', ':ab', `${ABSENT}\n`, `${ABSENT} `, 'sha256:', 'a/b:cd']
const NO_TAGS = ['-bad', '.bad', 'a b', 'ä', 'x'.repeat(129), 'v1\n', 'a:b']

/** How the table below abbreviates codes. */
const CODES = {
  missing: 'MissingDigestAndTag',
  digest: 'InvalidImageDigest',
  tag: 'InvalidImageTag',
  unknown: 'ImageNotFound',
  elsewhere: 'ImageTagDoesNotMatchDigest',
  held: 'ImageReferencedByManifestList',
  protected: 'ImageProtected',
} as const
type Abbreviation = keyof typeof CODES

interface Id {
  readonly imageDigest?: string
  readonly imageTag?: string
}

const idOf = (digest: string, tag: string): Id => ({
  ...(digest !== '' && { imageDigest: digest }),
  ...(tag !== '' && { imageTag: tag }),
})

/** Each id of a table whose rows are forms of digests and whose columns are forms of tags; '' stands for none. */
function idsOf(
  rows: Readonly<Record<string, readonly string[]>>,
  columns: Readonly<Record<string, readonly string[]>>,
  table: Readonly<Record<string, readonly (Abbreviation | undefined)[]>>,
): { id: Id; code: Abbreviation }[] {
  return Object.entries(table).flatMap(([row, codes]) =>
    Object.keys(columns).flatMap((column, at) => {
      const code = codes[at]
      if (code === undefined) return []
      return (rows[row] ?? []).flatMap(digest => (columns[column] ?? []).map(tag => ({ id: idOf(digest, tag), code })))
    }),
  )
}

/** Calls take a hundred at a time. */
function batchesOf<Item>(items: readonly Item[], size: number): Item[][] {
  return Array.from({ length: Math.ceil(items.length / size) }, (_, at) => items.slice(at * size, (at + 1) * size))
}

let control: Harness
let [held, other, kept, index] = [ABSENT, ABSENT, ABSENT, ABSENT] as [Digest, Digest, Digest, Digest]
beforeAll(async () => {
  control = await startControl()
  await control.ok('CreateRepository', { repositoryName })
  held = await pushImage(control, repositoryName, 'held', 'held')
  other = await pushImage(control, repositoryName, 'other', 'other')
  kept = await pushImage(control, repositoryName, 'kept', 'keep', 'loose')
  index = await push(control, repositoryName, indexOf(held, other), 'multi')
  await control.ok('PutRepositorySettings', { repositoryName, settings: { protectedTags: ['keep'] } })
})
afterAll(() => control.close())

const reasonOf = (code: Abbreviation): string => {
  if (code === 'held') return `Requested image referenced by manifest list: [${index}]`
  if (code === 'protected') return "Requested image is protected by the repository's settings: [keep]"
  return REASONS[CODES[code]]
}
const failureOf = ({ id, code }: { id: Id; code: Abbreviation }): Json => ({
  imageId: id,
  failureCode: CODES[code],
  failureReason: reasonOf(code),
})

/** What an index holds is told after all else, each in the order of the ids. */
const inOrder = <Item extends { code: Abbreviation }>(items: readonly Item[]): Item[] => [
  ...items.filter(({ code }) => code !== 'held'),
  ...items.filter(({ code }) => code === 'held'),
]

describe('an image id', () => {
  it('that names nothing to delete is answered with the reason, in the order of the ids, and once', async () => {
    const ids = idsOf(
      { none: [''], held: [held], other: [other], kept: [kept], absent: [ABSENT], strange: STRANGE, no: NO_DIGESTS },
      { none: [''], held: ['held'], other: ['other'], keep: ['keep'], absent: ['absent'], no: NO_TAGS },
      {
        none: ['missing', 'held', 'held', 'protected', 'unknown', 'tag'],
        held: ['held', 'held', 'elsewhere', 'elsewhere', 'unknown', 'tag'],
        other: ['held', 'elsewhere', 'held', 'elsewhere', 'unknown', 'tag'],
        kept: ['protected', 'elsewhere', 'elsewhere', 'protected', 'unknown', 'tag'],
        absent: ['unknown', 'elsewhere', 'elsewhere', 'elsewhere', 'unknown', 'tag'],
        strange: ['unknown', 'elsewhere', 'elsewhere', 'elsewhere', 'unknown', 'tag'],
        no: ['digest', 'digest', 'digest', 'digest', 'digest', 'digest'],
      },
    )
    for (const some of [...batchesOf(ids, 50), ...batchesOf(ids.toReversed(), 50)]) {
      const imageIds = [...some, ...some].map(({ id }) => id)
      expect(await control.ok('BatchDeleteImage', { repositoryName, imageIds })).toEqual({
        imageIds: [],
        failures: inOrder(some).map(failureOf),
      })
    }
    const { imageTagDetails } = await control.ok('DescribeImageTags', { repositoryName })
    expect(imageTagDetails).toHaveLength(5)
  })

  it.each(['RestoreImages', 'PurgeDeletedImages'] as const)(
    'that names nothing for %s is answered with the reason, as often as it is there',
    async operation => {
      const binned = await pushImage(control, repositoryName, `binned for ${operation}`, `v-${operation}`)
      await control.ok('BatchDeleteImage', { repositoryName, imageIds: [{ imageDigest: binned }] })
      const ids = idsOf(
        { none: [''], binned: [binned], absent: [ABSENT], strange: STRANGE, no: NO_DIGESTS },
        { none: [''], absent: ['absent'], binned: [`v-${operation}`], no: NO_TAGS },
        {
          none: ['missing', 'unknown', undefined, 'tag'],
          binned: [undefined, 'elsewhere', undefined, 'tag'],
          absent: ['unknown', 'unknown', 'unknown', 'tag'],
          strange: ['digest', 'digest', 'digest', 'digest'],
          no: ['digest', 'digest', 'digest', 'digest'],
        },
      )
      const member = operation === 'RestoreImages' ? 'restoredImages' : 'purgedImages'
      for (const some of batchesOf(ids, 50)) {
        const twice = [...some, ...some]
        const imageIds = twice.map(({ id }) => id)
        expect(await control.ok(operation, { repositoryName, imageIds })).toEqual({
          [member]: [],
          failures: twice.map(failureOf),
        })
      }
    },
  )

  it('that an index in the bin holds is told last by PurgeDeletedImages, by its digest', async () => {
    const child = await pushImage(control, repositoryName, 'child', 'child')
    const parent = await push(control, repositoryName, indexOf(child), 'parent')
    await control.ok('BatchDeleteImage', {
      repositoryName,
      imageIds: [{ imageDigest: child }, { imageDigest: parent }],
    })
    const imageIds = [{ imageTag: 'child' }, { imageTag: '-bad' }, { imageTag: 'absent' }]
    expect(await control.ok('PurgeDeletedImages', { repositoryName, imageIds })).toEqual({
      purgedImages: [],
      failures: [
        failureOf({ id: { imageTag: '-bad' }, code: 'tag' }),
        failureOf({ id: { imageTag: 'absent' }, code: 'unknown' }),
        { ...failureOf({ id: { imageDigest: child }, code: 'held' }), failureReason: expect.stringContaining(parent) },
      ],
    })
  })

  const notFound = ({ imageDigest = 'null', imageTag = 'null' }: Id) => ({
    status: 400,
    name: 'ImageNotFoundException',
    message: `The image with imageId {imageDigest:'${imageDigest}', imageTag:'${imageTag}'} does not exist within the repository with name 'ids' in the registry with id '${OWNER}'`,
  })
  const there = [{ imageTag: 'held' }, { imageTag: 'other' }, { imageTag: 'keep' }, { imageTag: 'loose' }]

  it('that names no image fails the whole of a description, the first of several', async () => {
    const unknown = [
      ...[...STRANGE, ABSENT].flatMap(digest => [idOf(digest, ''), idOf(digest, 'held'), idOf(digest, 'absent')]),
      ...NO_TAGS.flatMap(tag => [idOf('', tag), idOf(held, tag), idOf('md5:00', tag)]),
      ...[idOf('', 'absent'), idOf(held, 'other'), idOf(held, 'absent')],
    ]
    for (const id of unknown) {
      const next = { imageTag: 'absent too' }
      const calls = [
        ['DescribeImages', [id, next]],
        ['DescribeImages', [...there, id, next]],
        ['DescribeImagePulls', [...there.slice(1), id, next]],
      ] as const
      for (const [operation, imageIds] of calls)
        expect(await control.fails(operation, { repositoryName, imageIds })).toEqual(notFound(id))
    }
  })

  it('that cannot name an image is refused by DescribeImages, and found nowhere by DescribeImagePulls', async () => {
    for (const id of [{}, ...NO_DIGESTS.flatMap(digest => [idOf(digest, ''), idOf(digest, 'held')])]) {
      const member = 'imageDigest' in id ? 'imageIds[2].imageDigest' : 'imageIds[2]'
      const constraint =
        'imageDigest' in id
          ? 'Member must satisfy regular expression pattern: [a-zA-Z0-9-_+.]+:[a-fA-F0-9]+'
          : 'Member must have an imageDigest or an imageTag'
      const imageIds = [{ imageTag: 'absent' }, { imageTag: 'held' }, id]
      expect(await control.fails('DescribeImages', { repositoryName, imageIds })).toEqual({
        status: 400,
        name: 'InvalidParameterException',
        message: `Invalid parameter at '${member}' failed to satisfy constraint: '${constraint}'`,
      })
      expect(await control.fails('DescribeImagePulls', { repositoryName, imageIds: [...there, id] })).toEqual(
        notFound(id),
      )
    }
  })
})
