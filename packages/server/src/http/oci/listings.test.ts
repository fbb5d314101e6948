import { describe, expect, it, vi } from 'vitest'
import { type Digest, digestOf } from '../../domain/digest.ts'
import { OCI_INDEX, OCI_MANIFEST } from '../../domain/manifest/media-types.ts'
import {
  codesOf,
  imageManifest,
  OTHER_REPOSITORY,
  pushBlob,
  putManifest,
  REPOSITORY,
  withRegistry,
} from './testing/oci-harness.ts'

/** Follows `Link` headers and returns each page. */
async function pages<Page>(url: string, path: string): Promise<Page[]> {
  const found: Page[] = []
  for (let next: string | undefined = path; next !== undefined; ) {
    const response: Response = await fetch(url + next)
    expect(response.status).toBe(200)
    found.push((await response.json()) as Page)
    next = /^<(.+)>; rel="next"$/.exec(response.headers.get('link') ?? '')?.[1]
  }
  return found
}

describe('tags/list', () => {
  const tags = ['1.0', 'B', '_x', 'a', 'latest']
  const list = `/v2/${REPOSITORY}/tags/list`

  it(
    'lists tags in byte order, whole or page by page',
    withRegistry(async ({ url }) => {
      expect(await pages(url, list)).toEqual([{ name: REPOSITORY, tags: [] }])
      await pushBlob(url, '{}')
      await putManifest(url, `${digestOf(imageManifest())}?tag=${[...tags].reverse().join('&tag=')}`, imageManifest())
      const of = async (query: string) => (await pages<{ tags: string[] }>(url, list + query)).map(page => page.tags)
      expect(await of('')).toEqual([tags])
      expect(await of('?n=2')).toEqual([tags.slice(0, 2), tags.slice(2, 4), tags.slice(4)])
      expect(await of('?n=5')).toEqual([tags])
      expect(await of('?n=999999999')).toEqual([tags])
      expect(await of('?n=0')).toEqual([[]])
      expect(await of('?last=B')).toEqual([tags.slice(2)])
      expect(await of('?last=between&n=1')).toEqual([['latest']])
      expect(await of('?last=zzz')).toEqual([[]])
    }),
  )

  it(
    'refuses what is no number and knows no absent repository',
    withRegistry(async ({ url }) => {
      for (const n of ['-1', 'x', '1.5']) expect((await fetch(`${url}${list}?n=${n}`)).status).toBe(400)
      const absent = await fetch(`${url}/v2/acme/absent/tags/list`)
      expect([absent.status, await codesOf(absent)]).toEqual([404, ['NAME_UNKNOWN']])
    }),
  )
})

it(
  '_catalog lists every repository by its whole path',
  withRegistry(async ({ url }) => {
    expect(await pages(url, '/v2/_catalog')).toEqual([{ repositories: [OTHER_REPOSITORY, REPOSITORY] }])
    expect(await pages(url, '/v2/_catalog?n=1')).toEqual([
      { repositories: [OTHER_REPOSITORY] },
      { repositories: [REPOSITORY] },
    ])
    expect(await pages(url, '/v2/_catalog?n=0')).toEqual([{ repositories: [] }])
  }),
)

describe('referrers', () => {
  const subject = { mediaType: OCI_MANIFEST, digest: digestOf('not pushed'), size: 1 }
  const list = `/v2/${REPOSITORY}/referrers/${subject.digest}`
  interface Index {
    manifests: { digest: string; annotations?: object }[]
  }

  it(
    'describes image and index as they describe themselves',
    withRegistry(async ({ url }) => {
      await pushBlob(url, '{}')
      const annotations = { 'org.example': 'yes' }
      const typed = imageManifest({ subject, artifactType: 'application/vnd.example+json', annotations })
      const plain = imageManifest({ subject })
      const index = JSON.stringify({ schemaVersion: 2, mediaType: OCI_INDEX, manifests: [], subject })
      for (const [manifest, contentType] of [
        [typed, OCI_MANIFEST],
        [plain, OCI_MANIFEST],
        [index, OCI_INDEX],
      ] as const) {
        const pushed = await putManifest(url, digestOf(manifest), manifest, { contentType })
        expect([pushed.status, pushed.headers.get('oci-subject')]).toEqual([201, subject.digest])
      }
      const response = await fetch(url + list)
      expect(response.headers.get('content-type')).toBe(OCI_INDEX)
      expect(response.headers.has('oci-filters-applied')).toBe(false)
      const body = (await response.json()) as Index
      expect(body).toMatchObject({ schemaVersion: 2, mediaType: OCI_INDEX })
      const byDigest = Object.fromEntries(body.manifests.map(each => [each.digest, each]))
      const image = { mediaType: OCI_MANIFEST }
      expect(byDigest).toEqual({
        [digestOf(typed)]: {
          ...image,
          digest: digestOf(typed),
          size: typed.length,
          artifactType: 'application/vnd.example+json',
          annotations,
        },
        [digestOf(plain)]: {
          ...image,
          digest: digestOf(plain),
          size: plain.length,
          artifactType: 'application/vnd.oci.image.config.v1+json',
        },
        [digestOf(index)]: { mediaType: OCI_INDEX, digest: digestOf(index), size: index.length },
      })

      const filtered = await fetch(`${url}${list}?artifactType=application%2Fvnd.example%2Bjson`)
      expect(filtered.headers.get('oci-filters-applied')).toBe('artifactType')
      expect(((await filtered.json()) as Index).manifests.map(each => each.digest)).toEqual([digestOf(typed)])
    }),
  )

  it(
    'pages by size, never repeats and never loses one',
    withRegistry(async ({ url, context }) => {
      await pushBlob(url, '{}')
      const pushed: string[] = []
      for (let index = 0; index < 30; index++) {
        const manifest = imageManifest({ subject, annotations: { index: `${index}`, fill: 'x'.repeat(300_000) } })
        expect((await putManifest(url, digestOf(manifest), manifest)).status).toBe(201)
        pushed.push(digestOf(manifest))
      }
      const reads = vi.spyOn(context.metadata.rows.references, 'referrers')
      const found = await pages<Index>(url, list)
      expect(found.map(page => page.manifests.length)).toEqual([13, 13, 4])
      // However large their annotations are, few of them are in memory at a time.
      expect(Math.max(...reads.mock.settledResults.map(({ value }) => value.length))).toBe(1)
      expect(found.flatMap(page => page.manifests.map(each => each.digest))).toEqual(pushed.sort())
    }),
  )

  it(
    'is empty for a digest that nobody names, and refuses what is no digest',
    withRegistry(async ({ url }) => {
      const empty = await fetch(url + list)
      expect([empty.status, await empty.json()]).toEqual([
        200,
        { schemaVersion: 2, mediaType: OCI_INDEX, manifests: [] },
      ])
      const malformed = await fetch(`${url}/v2/${REPOSITORY}/referrers/sha256:x`)
      expect([malformed.status, await codesOf(malformed)]).toEqual([400, ['DIGEST_INVALID']])
      expect((await fetch(`${url}/v2/acme/absent/referrers/${subject.digest}`)).status).toBe(404)
    }),
  )

  it(
    'lists all of the images that are deleted at once, or none of them',
    withRegistry(async ({ url, context }) => {
      await pushBlob(url, '{}')
      const digests: Digest[] = []
      for (let index = 0; index < 60; index += 1) {
        const manifest = imageManifest({ subject, annotations: { index: `${index}` } })
        digests.push(digestOf(manifest))
        await putManifest(url, digestOf(manifest), manifest)
      }
      const { references } = context.metadata.rows
      const referrers = references.referrers.bind(references)
      const spy = vi.spyOn(references, 'referrers').mockImplementationOnce(async (repositoryId, ...rest) => {
        const rows = await referrers(repositoryId, ...rest)
        await context.metadata.transaction(({ images }) => images.delete(repositoryId, digests, 0))
        return rows
      })
      expect(await (await fetch(url + list)).json()).toMatchObject({ manifests: [] })
      expect(spy).toHaveBeenCalled()
    }),
  )
})
