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
/** Makes the repository with its images and tags. */
async function fill(): Promise<void> {
  await registry.control('CreateRepository', { repositoryName: NAME })
  const authorization = `Basic ${Buffer.from(`AWS:${await registry.password()}`).toString('base64')}`
  for (let n = 0; n < IMAGES; n += 1) {
    for (let from = 0; from < TAGS; from += 250) {
      const tags = Array.from({ length: 250 }, (_, i) => `tag=${'a'.repeat(20)}-${n}-${from + i}`)
      const url = `${registry.url}/v2/${registry.alias}/${NAME}/manifests/${sha256(image(n))}?${tags.join('&')}`
      const headers = { authorization, 'content-type': TYPE }
      const answer = await fetch(url, { method: 'PUT', headers, body: image(n) })
      expect(answer.status).toBe(201)
      await answer.arrayBuffer()
    }
  }
}
beforeAll(async () => {
  registry = await startRegistry()
  await fill()
})
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

/** The machine may hold up either process for a moment; what the server does it does each time. */
const TRIES = 3

/** Expects that others are served beside the call, once in a few tries. `undo` makes it possible again. */
async function expectServed(call: () => Promise<unknown>, undo?: () => Promise<unknown>): Promise<void> {
  for (let tries = 1; ; tries += 1) {
    const { tookMs, waitedMs } = await beside(call)
    const mostMs = Math.max(tookMs / 2, USUAL_MS)
    if (waitedMs < mostMs || tries === TRIES) return expect(waitedMs, `of ${tookMs} ms`).toBeLessThan(mostMs)
    await undo?.()
  }
}

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
  await expectServed(() => registry.control(`${service}.GetLifecyclePolicyPreview`, { repositoryName: NAME }))
})

test('others are served while images with many tags are deleted and restored', async () => {
  const call = (target: string) => () => registry.control(target, { repositoryName: NAME, imageIds })
  const [remove, restore] = [call('BatchDeleteImage'), call('Berth_V1.RestoreImages')]
  await expectServed(remove, restore)
  await expectServed(restore, remove)
})

test('a large repository is gone at once, and others are served while its tags are compared with what is protected', async () => {
  const settings = { protectedTags: Array.from({ length: 50 }, (_, n) => `*${'a?'.repeat(20)}b${n}*`) }
  const protect = () => registry.control('Berth_V1.PutRepositorySettings', { repositoryName: NAME, settings })
  await protect()
  const remove = () => registry.control('DeleteRepository', { repositoryName: NAME, force: true })
  await expectServed(remove, async () => {
    await fill()
    await protect()
  })
  const { repositories } = await registry.control('DescribeRepositories', {})
  expect(repositories).toEqual([])
})
