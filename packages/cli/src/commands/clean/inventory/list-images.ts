import { operations } from '@berth/model'
import type { Client } from '../../../client/client.ts'
import { paginate } from '../../../client/paginate.ts'
import { isDict, isList, isNumber, type Value } from '../../../python/value.ts'
import type { Image } from './image.ts'
import type { Repository } from './repositories.ts'

/** The most images that DescribeImages answers in one page. */
const PAGE = 1000

/** Kinds of manifest that list no other images, but may be attached to one: see `ORDINARY`. */
const IMAGE_MANIFESTS = new Set([
  'application/vnd.oci.image.manifest.v1+json',
  'application/vnd.docker.distribution.manifest.v2+json',
])
/** Manifests of Docker's first schema name no other images at all. */
const SCHEMA_1 = new Set([
  'application/vnd.docker.distribution.manifest.v1+json',
  'application/vnd.docker.distribution.manifest.v1+prettyjws',
])
const INDEXES = new Set([
  'application/vnd.oci.image.index.v1+json',
  'application/vnd.docker.distribution.manifest.list.v2+json',
])

/** The configurations of what containers are made from. Most signatures, SBOMs and the like have others. */
const ORDINARY = new Set([
  'application/vnd.oci.image.config.v1+json',
  'application/vnd.docker.container.image.v1+json',
  undefined,
])

/** The images of a repository, page by page. @throws CommandError */
export async function* listImages(client: Client, repository: Repository): AsyncGenerator<readonly Image[]> {
  const { DescribeImages: operation } = operations
  const parameters = new Map<string, Value>(repository.names)
  const { pagination } = operation
  if (!pagination) throw new TypeError('DescribeImages has pages')
  for await (const page of paginate(client, { operation, pagination, parameters }, { pageSize: PAGE })) {
    const details = page.get('imageDetails')
    if (isList(details)) yield details.filter(isDict).map(readImage)
  }
}

function readImage(detail: ReadonlyMap<string, Value>): Image {
  const mediaType = textOf(detail.get('imageManifestMediaType'))
  const artifactType = textOf(detail.get('artifactMediaType'))
  const tags = readTags(detail)
  const isIndex = mediaType !== undefined && INDEXES.has(mediaType)
  const isImage = mediaType !== undefined && IMAGE_MANIFESTS.has(mediaType)
  const isSchema1 = mediaType !== undefined && SCHEMA_1.has(mediaType)
  const isOrdinary = ORDINARY.has(artifactType)
  return {
    digest: apart(textOf(detail.get('imageDigest')) ?? ''),
    tags,
    // An image without a date is new to every selector.
    pushedAt: momentOf(detail.get('imagePushedAt')) ?? Number.POSITIVE_INFINITY,
    sizeBytes: numberOf(detail.get('imageSizeInBytes')) ?? 0,
    isIndex,
    mayRefer: !isSchema1 && (!isImage || (tags.length === 0 && !isOrdinary)),
    listsNone: isImage || isSchema1,
    mayBeAttached: isImage && tags.length === 0 && isOrdinary,
  }
}

/** The tags of an image. Images without tags share one empty list. */
export function readTags(detail: ReadonlyMap<string, Value>): readonly string[] {
  const tags = detail.get('imageTags')
  return isList(tags) && tags.length > 0 ? tags.filter(tag => typeof tag === 'string').map(apart) : NONE
}

const NONE: readonly string[] = []

/** Milliseconds since 1970 of a timestamp, be it epoch seconds as on the wire or ISO 8601. */
export function momentOf(value: Value | undefined): number | undefined {
  const milliseconds = typeof value === 'string' ? Date.parse(value) : (numberOf(value) ?? Number.NaN) * 1000
  return Number.isNaN(milliseconds) ? undefined : milliseconds
}

function numberOf(value: Value | undefined): number | undefined {
  if (!isNumber(value)) return undefined
  return typeof value === 'object' ? value.value : Number(value)
}

const textOf = (value: Value | undefined) => (typeof value === 'string' ? value : undefined)

/** Copies a text. A part of a text keeps the whole text in memory, here a whole page of the listing. */
const apart = (text: string): string => Buffer.from(text, 'utf8').toString('utf8')
