import { setTimeout as delay } from 'node:timers/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { sha256 } from '../support/images.ts'
import { type Registry, startRegistry } from '../support/registry.ts'

/*
 * What one caller asks for may take seconds; the others are served meanwhile. How long depends on the machine, so the
 * longest that another request waited is held against how long the dear one took: a server that does nothing else makes
 * both the same.
 */

const TYPE = 'application/vnd.oci.image.index.v1+json'
const NAME = 'many/tags'
const IMAGES = 16
const TAGS = 1_000
/** What a request may wait in any case, on a machine that has much else to do. */
const USUAL_MS = 150

const image = (n: number) =>
  JSON.stringify({ schemaVersion: 2, mediaType: TYPE, manifests: [], annotations: { n: `${n}` } })
const imageIds = Array.from({ length: IMAGES }, (_, n) => ({ imageDigest: sha256(image(n)) }))

let registry: Registry
beforeAll(async () => {
  registry = await startRegistry()
  await registry.control('CreateRepository', { repositoryName: NAME })
  const authorization = `Basic ${Buffer.from(`AWS:${await registry.password()}`).toString('base64')}`
  for (let n = 0; n < IMAGES; n += 1) {
    for (let from = 0; from < TAGS; from += 250) {
      const tags = Array.from({ length: 250 }, (_, i) => `tag=${'a'.repeat(20)}-${n}-${from + i}`)
      const url = `${registry.url}/v2/${registry.alias}/${NAME}/manifests/${sha256(image(n))}?${tags.join('&')}`
      const answer = await fetch(url, {
        method: 'PUT',
        headers: { authorization, 'content-type': TYPE },
        body: image(n),
      })
      expect(answer.status).toBe(201)
      await answer.arrayBuffer()
    }
  }
}, 300_000)
afterAll(() => registry?.[Symbol.asyncDispose]())

/** How long the call took, and the longest that another request waited meanwhile. */
async function beside(call: () => Promise<unknown>): Promise<{ tookMs: number; waitedMs: number }> {
  let waitedMs = 0
  let isOver = false
  const start = performance.now()
  const called = call().finally(() => {
    isOver = true
  })
  while (!isOver) {
    const asked = performance.now()
    await (await fetch(`${registry.url}/healthz`)).arrayBuffer()
    waitedMs = Math.max(waitedMs, performance.now() - asked)
    await delay(5)
  }
  await called
  return { tookMs: performance.now() - start, waitedMs }
}

const holds = ({ tookMs, waitedMs }: Awaited<ReturnType<typeof beside>>) =>
  expect(waitedMs, `of ${tookMs} ms`).toBeLessThan(Math.max(tookMs / 2, USUAL_MS))

test('others are served while rules of hundreds of patterns are looked at', async () => {
  // The last is met by no tag, so that all of the others are looked for.
  const tagPatternList = [...Array.from({ length: 300 }, (_, n) => `*a*-*${n}*`), '*zz*']
  const rule = {
    rulePriority: 1,
    selection: { tagStatus: 'tagged', tagPatternList, countType: 'imageCountMoreThan', countNumber: 1 },
    action: { type: 'expire' },
  }
  const service = 'AmazonEC2ContainerRegistry_V20150921'
  const lifecyclePolicyText = JSON.stringify({ rules: [rule] })
  await registry.control(`${service}.StartLifecyclePolicyPreview`, { repositoryName: NAME, lifecyclePolicyText })
  holds(await beside(() => registry.control(`${service}.GetLifecyclePolicyPreview`, { repositoryName: NAME })))
})

test('others are served while images with many tags are deleted and restored', async () => {
  const call = (target: string) => () => registry.control(target, { repositoryName: NAME, imageIds })
  holds(await beside(call('BatchDeleteImage')))
  holds(await beside(call('Berth_V1.RestoreImages')))
})

test('a large repository is gone at once, and others are served while its tags are compared with what is protected', async () => {
  const settings = { protectedTags: Array.from({ length: 50 }, (_, n) => `*${'a?'.repeat(20)}b${n}*`) }
  await registry.control('Berth_V1.PutRepositorySettings', { repositoryName: NAME, settings })
  const remove = () => registry.control('DeleteRepository', { repositoryName: NAME, force: true })
  holds(await beside(remove))
  const { repositories } = await registry.control('DescribeRepositories', {})
  expect(repositories).toEqual([])
})
