import { afterAll, beforeAll, expect, test } from 'vitest'
import { inFull } from '../../testing/in-full.ts'
import { OciClient } from '../oci/client.ts'
import { contentOf, descriptorOf, mediaTypes, randomBlob } from '../oci/content.ts'
import { Repository } from '../oci/repository.ts'
import { isEmbedded } from '../support/embedded.ts'
import { type Registry, startRegistry } from '../support/registry.ts'

const IMAGES = 100
const ROUNDS = inFull(1, isEmbedded ? 5 : 2)

let registry: Registry
let client: OciClient

beforeAll(async () => {
  registry = await startRegistry()
  client = new OciClient(registry)
})
afterAll(() => client?.[Symbol.asyncDispose]())

/** What each kind of observer counts: 100, then 0, and never anything else. */
const observers: Record<string, (repository: Repository, name: string) => Promise<number[]>> = {
  'DescribeImages, and the tags in it': async (_, repositoryName) => {
    const { imageDetails } = await registry.control('DescribeImages', { repositoryName, maxResults: 1000 })
    return [
      imageDetails.length,
      imageDetails.flatMap((image: { imageTags?: string[] }) => image.imageTags ?? []).length,
    ]
  },
  DescribeImageTags: async (_, repositoryName) => {
    const { imageTagDetails } = await registry.control('DescribeImageTags', { repositoryName, maxResults: 1000 })
    return [imageTagDetails.length]
  },
  'tags/list': async repository => [(await repository.listTags()).length],
  referrers: async (repository, name) => [(await repository.listReferrers(subjectOf(name).digest)).length],
}

const subjectOf = (name: string) => randomBlob(`subject of ${name}`)

for (const [what, count] of Object.entries(observers)) {
  test(`whoever looks at a repository sees all of a batch delete or nothing of it: ${what}`, async () => {
    for (let round = 0; round < ROUNDS; round += 1) {
      const name = `faults/${what.replace(/[^a-z]/gi, '').toLowerCase()}-${round}`
      await registry.control('CreateRepository', { repositoryName: name })
      const repository = new Repository(client, `${registry.alias}/${name}`)
      const digests = await pushImages(repository, name)
      const seen = new Set<string>()
      let deleted = false
      const watch = async () => {
        for (let last = false; !last; last = deleted)
          for (const each of await count(repository, name)) seen.add(`${each}`)
      }
      const watching = Promise.all(Array.from({ length: 6 }, watch))
      const imageIds = digests.map(imageDigest => ({ imageDigest }))
      const answer = await registry.control('BatchDeleteImage', { repositoryName: name, imageIds })
      deleted = true
      await watching
      expect([answer.imageIds.length, answer.failures]).toEqual([IMAGES, []])
      expect(await count(repository, name)).toEqual(expect.arrayContaining([0]))
      expect([...seen].filter(each => each !== '0' && each !== `${IMAGES}`)).toEqual([])
    }
  })
}

/** A hundred images with a tag each, alike but for an annotation. */
async function pushImages(repository: Repository, name: string): Promise<string[]> {
  const blob = randomBlob(name)
  await repository.pushBlob(blob)
  const manifests = Array.from({ length: IMAGES }, (_, index) =>
    contentOf(
      mediaTypes.image,
      JSON.stringify({
        schemaVersion: 2,
        mediaType: mediaTypes.image,
        config: { ...descriptorOf(blob), mediaType: mediaTypes.config },
        layers: [],
        subject: { ...descriptorOf(subjectOf(name)), mediaType: mediaTypes.image },
        annotations: { index: String(index) },
      }),
    ),
  )
  for (const [index, manifest] of manifests.entries()) await repository.pushManifest(manifest, `v${index}`)
  return manifests.map(({ digest }) => digest)
}
