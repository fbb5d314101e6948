import { expect, test } from 'vitest'
import { jsonOf } from './client.ts'
import {
  type Content,
  type Descriptor,
  descriptorOf,
  indexOf,
  mediaTypes,
  randomImage,
  unknownDigest,
} from './content.ts'
import { useRegistry } from './fixture.ts'

const oci = useRegistry()
const SBOM = 'application/vnd.example.sbom.v1+json'
const SIGNATURE = 'application/vnd.example.signature.v1'

const digestsOf = (descriptors: readonly Descriptor[]): string[] => descriptors.map(({ digest }) => digest).toSorted()

test('the referrers of a digest are answered with 200 and an image index', async () => {
  const repository = await oci.createRepository()
  const subject = randomImage('subject')
  await repository.pushImage(subject)
  const sbom = randomImage('sbom', { artifactType: SBOM, subject: descriptorOf(subject.manifest) })
  await repository.pushImage(sbom)
  const response = await repository.referrers(subject.manifest.digest)
  expect(response.status).toBe(200)
  expect(response.headers['content-type']).toBe(mediaTypes.index)
  expect(jsonOf(response)).toEqual({
    schemaVersion: 2,
    mediaType: mediaTypes.index,
    manifests: [{ ...descriptorOf(sbom.manifest), artifactType: SBOM }],
  })
})

test('a digest without referrers is answered with 200 and an empty list, never with 404', async () => {
  const repository = await oci.createRepository()
  const image = randomImage('alone')
  await repository.pushImage(image)
  for (const digest of [image.manifest.digest, unknownDigest('nobody'), unknownDigest('nobody', 'sha512')]) {
    const response = await repository.referrers(digest)
    expect(response.status).toBe(200)
    expect(response.headers['content-type']).toBe(mediaTypes.index)
    expect(jsonOf(response)).toEqual({ schemaVersion: 2, mediaType: mediaTypes.index, manifests: [] })
  }
})

for (const digest of ['sha256:short', 'latest', 'sha256:', `sha256:${'g'.repeat(64)}`]) {
  test(`a digest of invalid syntax is refused with 400 (${digest.slice(0, 12)})`, async () => {
    const repository = await oci.createRepository()
    expect((await repository.referrers(digest)).status).toBe(400)
  })
}

for (const [what, of, expected] of [
  ['an image: its own', { artifactType: SBOM, configMediaType: mediaTypes.empty }, SBOM],
  ['an image without one: the media type of its config', { configMediaType: SIGNATURE }, SIGNATURE],
  ['an image with an empty one: the media type of its config', { artifactType: '', configMediaType: SBOM }, SBOM],
] as const) {
  test(`a descriptor has the artifactType of ${what}`, async () => {
    const repository = await oci.createRepository()
    const subject = { mediaType: mediaTypes.image, digest: unknownDigest(what), size: 7 }
    await repository.pushImage(randomImage(what, { ...of, subject }))
    expect((await repository.listReferrers(subject.digest)).map(({ artifactType }) => artifactType)).toEqual([expected])
  })
}

test('a descriptor of an index has the artifactType of the index, or none', async () => {
  const repository = await oci.createRepository()
  const subject = { mediaType: mediaTypes.image, digest: unknownDigest('of indexes'), size: 7 }
  const typed = indexOf([], { artifactType: SBOM, subject })
  const untyped = indexOf([], { subject })
  await repository.pushManifest(typed)
  await repository.pushManifest(untyped)
  const found = await repository.listReferrers(subject.digest)
  expect(found).toHaveLength(2)
  expect(found).toContainEqual({ ...descriptorOf(typed), artifactType: SBOM })
  expect(found).toContainEqual(descriptorOf(untyped))
})

test('a descriptor has the annotations of its manifest', async () => {
  const repository = await oci.createRepository()
  const subject = { mediaType: mediaTypes.image, digest: unknownDigest('annotated'), size: 7 }
  const annotations = { 'org.opencontainers.image.created': '2026-11-23T20:50:00Z', 'org.example.é': '"x" <&>' }
  const image = randomImage('annotated', { annotations, subject })
  const index = indexOf([], { annotations, subject })
  await repository.pushImage(image)
  await repository.pushManifest(index)
  const found = await repository.listReferrers(subject.digest)
  expect(found.map(descriptor => descriptor.annotations)).toEqual([annotations, annotations])
})

test('referrers pushed before their subject, after it, by tag or as a child are all listed', async () => {
  const repository = await oci.createRepository()
  const subject = randomImage('late subject')
  const of = descriptorOf(subject.manifest)
  const before = randomImage('before', { subject: of })
  await repository.pushImage(before)
  await repository.pushImage(subject)
  const after = randomImage('after', { subject: of })
  await repository.pushImage(after, 'tagged')
  const parent = indexOf([after.manifest], { subject: of })
  await repository.pushManifest(parent)
  const expected = [before.manifest, after.manifest, parent].map(({ digest }) => digest).toSorted()
  expect(digestsOf(await repository.listReferrers(of.digest))).toEqual(expected)
})

test('referrers of another repository are not listed', async () => {
  const [here, there] = [await oci.createRepository(), await oci.createRepository()]
  const subject = { mediaType: mediaTypes.image, digest: unknownDigest('two repositories'), size: 7 }
  await there.pushImage(randomImage('there', { subject }))
  expect(await here.listReferrers(subject.digest)).toEqual([])
})

test('a filter by artifactType is applied and named in OCI-Filters-Applied', async () => {
  const repository = await oci.createRepository()
  const subject = { mediaType: mediaTypes.image, digest: unknownDigest('filtered'), size: 7 }
  const sbom = randomImage('filtered sbom', { artifactType: SBOM, subject })
  // The type of this one comes from its config.
  const alsoSbom = randomImage('filtered by config', { configMediaType: SBOM, subject })
  const signature = randomImage('filtered signature', { artifactType: SIGNATURE, subject })
  for (const image of [sbom, alsoSbom, signature]) await repository.pushImage(image)

  const response = await repository.referrers(subject.digest, [['artifactType', SBOM]])
  expect(response.headers['oci-filters-applied']).toBe('artifactType')
  expect(digestsOf(jsonOf<{ manifests: Descriptor[] }>(response).manifests)).toEqual(
    [sbom, alsoSbom].map(({ manifest }) => manifest.digest).toSorted(),
  )
  expect((await repository.referrers(subject.digest)).headers['oci-filters-applied']).toBeUndefined()
})

test('a filter that matches nothing is answered with 200 and an empty list', async () => {
  const repository = await oci.createRepository()
  const subject = { mediaType: mediaTypes.image, digest: unknownDigest('no match'), size: 7 }
  await repository.pushImage(randomImage('no match', { artifactType: SBOM, subject }))
  const response = await repository.referrers(subject.digest, [['artifactType', 'application/vnd.example.other']])
  expect(response.status).toBe(200)
  expect(jsonOf<{ manifests: Descriptor[] }>(response).manifests).toEqual([])
  expect(response.headers['oci-filters-applied']).toBe('artifactType')
})

test('a list too long for one manifest goes on in a Link, each referrer once', async () => {
  const repository = await oci.createRepository()
  const subject = { mediaType: mediaTypes.image, digest: unknownDigest('long list'), size: 7 }
  const expected: Content[] = []
  for (let at = 0; at < 6; at += 1) {
    // Six annotations of 1 MB make more than the 4 MiB that any client takes as one manifest.
    const annotations = { at: String(at), note: 'x'.repeat(1_000_000) }
    const referrer = indexOf([], { annotations, artifactType: at === 0 ? SIGNATURE : SBOM, subject })
    await repository.pushManifest(referrer)
    expected.push(referrer)
  }
  const first = await repository.referrers(subject.digest)
  expect(first.body.length).toBeLessThanOrEqual(4 * 2 ** 20)
  const found = await repository.listReferrers(subject.digest)
  expect(digestsOf(found)).toEqual(expected.map(({ digest }) => digest).toSorted())
  const sboms = await repository.listReferrers(subject.digest, [['artifactType', SBOM]])
  expect(sboms.map(({ artifactType }) => artifactType)).toEqual(Array(5).fill(SBOM))
})

test('a deleted referrer is no longer listed', async () => {
  const repository = await oci.createRepository()
  const subject = { mediaType: mediaTypes.image, digest: unknownDigest('deleted referrer'), size: 7 }
  const [kept, gone] = [indexOf([], { subject, artifactType: SBOM }), indexOf([], { subject })]
  await repository.pushManifest(kept)
  await repository.pushManifest(gone)
  await repository.manifest('DELETE', gone.digest)
  expect(digestsOf(await repository.listReferrers(subject.digest))).toEqual([kept.digest])
})

test('referrers stay listed when their subject is deleted', async () => {
  const repository = await oci.createRepository()
  const subject = randomImage('deleted subject')
  await repository.pushImage(subject)
  const referrer = randomImage('survivor', { subject: descriptorOf(subject.manifest) })
  await repository.pushImage(referrer)
  expect((await repository.manifest('DELETE', subject.manifest.digest)).status).toBe(202)
  expect(digestsOf(await repository.listReferrers(subject.manifest.digest))).toEqual([referrer.manifest.digest])
})
