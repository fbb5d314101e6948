import { once } from 'node:events'
import { connect } from 'node:net'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import type { Digest } from '../../domain/digest.ts'
import { parseTag } from '../../domain/names.ts'
import { manifest } from '../../ports/metadata-contract/testing/fixtures.ts'
import type { RepositoryId } from '../../ports/rows/common.ts'
import { ANSWER_BYTES } from '../../registry/answer-limit.ts'
import { PAGE_BYTES } from '../../registry/page.ts'
import { callHeaders, type Harness, HOLD_BYTES, OWNER, startControl } from './testing/harness.ts'

const IMAGES = 100
const TAGS = 800
const digestOfImage = (index: number) => `sha256:${index.toString(16).padStart(64, '0')}` as Digest
const imageIds = (count: number) => Array.from({ length: count }, (_, index) => ({ imageDigest: digestOfImage(index) }))

let control: Harness
let repositoryId: RepositoryId
beforeAll(async () => {
  control = await startControl()
  await control.ok('CreateRepository', { repositoryName: 'many' })
  const { metadata } = control.context
  repositoryId = (await metadata.rows.repositories.list(OWNER as never, { limit: 1 }))[0]?.id as RepositoryId
  await metadata.transaction(async ({ images, tags }) => {
    for (let index = 0; index < IMAGES; index += 1) {
      const digest = digestOfImage(index)
      await images.put(manifest(repositoryId, digest), Buffer.from('{}'), { blobs: [], children: [] })
      for (let at = 0; at < TAGS; at += 1) {
        const tag = parseTag(`${index}-${at}-`.padEnd(128, 'x'))
        await tags.put([{ repositoryId, tag, digest, createdAt: 0 }])
      }
    }
  })
})
afterAll(() => control?.close())

async function pagesOf(operation: 'DescribeImages' | 'DescribeImageTags', member: string) {
  const pages: { bytes: number; items: unknown[] }[] = []
  for (let nextToken: unknown; ; ) {
    const input = { repositoryName: 'many', maxResults: 1000, ...(nextToken !== undefined && { nextToken }) }
    const answer = await control.call(operation, input as never)
    expect(answer.status).toBe(200)
    pages.push({ bytes: answer.text.length, items: answer.json[member] as unknown[] })
    nextToken = answer.json['nextToken']
    if (nextToken === undefined) return pages
  }
}

describe('long answers', () => {
  it('come in pages of 4 MiB, with everything once', async () => {
    const pages = await pagesOf('DescribeImages', 'imageDetails')
    expect(pages.flatMap(page => page.items)).toHaveLength(IMAGES)
    for (const { bytes } of pages) expect(bytes).toBeLessThan(PAGE_BYTES + 1_000)
    // An image is some 100 KiB: no page ends much sooner than it must.
    for (const { bytes } of pages.slice(0, -1)) expect(bytes).toBeGreaterThan(PAGE_BYTES - 200_000)
  })

  it('of images that are named come whole, up to 16 MiB', async () => {
    const input = { repositoryName: 'many', imageIds: imageIds(IMAGES) }
    const { imageDetails } = await control.ok('DescribeImages', input)
    expect(imageDetails).toHaveLength(IMAGES)
  })

  it('are held for those who do not read, up to their share, and nobody else waits for them', async () => {
    const body = JSON.stringify({ repositoryName: 'many', maxResults: 1000 })
    const headers = { host: 'here', ...callHeaders('DescribeImages'), 'content-length': String(body.length) }
    const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`)
    const { port } = new URL(control.url)
    const sockets = await Promise.all(
      Array.from({ length: 40 }, async () => {
        const socket = connect(Number(port), '127.0.0.1').pause()
        await once(
          socket.on('error', () => {}),
          'connect',
        )
        socket.write(`POST / HTTP/1.1\r\n${lines.join('')}\r\n${body}`)
        return socket
      }),
    )
    await vi.waitFor(() => expect(control.memory.figures().refused.address).toBeGreaterThan(5))
    expect(control.memory.figures().largestBytes.address).toBeLessThanOrEqual(HOLD_BYTES)
    expect(await control.ok('DescribeRepositories', {})).toMatchObject({ repositories: [{ repositoryName: 'many' }] })
    for (const socket of sockets) socket.destroy()
    await vi.waitFor(() => expect(control.memory.figures().heldBytes).toBe(0))
  })

  it('are refused before anything is deleted, with the smaller batch named', async () => {
    const input = { repositoryName: 'many', imageIds: imageIds(IMAGES) }
    const refused = await control.fails('BatchDeleteImage', input)
    expect(refused.name).toBe('InvalidParameterException')
    const [, fitting] =
      /'imageIds'.*less than or equal to (\d+): the answer would be larger than 16777216 bytes/.exec(
        String(refused.message),
      ) ?? []
    expect(Number(fitting)).toBeGreaterThan(50)
    expect((await pagesOf('DescribeImages', 'imageDetails')).flatMap(page => page.items)).toHaveLength(IMAGES)
    const smaller = { repositoryName: 'many', imageIds: imageIds(Number(fitting)) }
    const answer = await control.call('BatchDeleteImage', smaller)
    expect([answer.status, answer.text.length < ANSWER_BYTES]).toEqual([200, true])
  })
})
