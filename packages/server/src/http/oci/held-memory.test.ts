import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { text } from 'node:stream/consumers'
import { describe, expect, it, vi } from 'vitest'
import { digestOf } from '../../domain/digest.ts'
import { OCI_INDEX, OCI_MANIFEST } from '../../domain/manifest/media-types.ts'
import { parseRegistryAlias, parseRepositoryName, parseTag } from '../../domain/names.ts'
import { newRepository } from '../../ports/metadata-contract/testing/fixtures.ts'
import type { RegistryContext } from '../../registry/context.ts'
import type { MemoryBudget } from '../memory-budget.ts'
import { codesOf, HOLD_BYTES, putManifest, REPOSITORY, withRegistry } from './testing/oci-harness.ts'

const INDEX = { contentType: OCI_INDEX }
const MIB = 1024 * 1024
const SUBJECT = digestOf('whom they refer to')

const largeIndex = (sizeBytes: number) =>
  JSON.stringify({
    schemaVersion: 2,
    mediaType: OCI_INDEX,
    manifests: [],
    subject: { mediaType: OCI_MANIFEST, digest: SUBJECT, size: 1 },
    annotations: { text: 'x'.repeat(sizeBytes) },
  })

const readers = {
  'a manifest': `manifests/large`,
  referrers: `referrers/${SUBJECT}`,
  tags: 'tags/list',
  'the catalog': '_catalog',
}
const urlOf = (url: string, path: string) =>
  new URL(path === '_catalog' ? '/v2/_catalog' : `/v2/${REPOSITORY}/${path}`, url)

async function addTags({ metadata }: RegistryContext, count: number): Promise<void> {
  const path = { alias: parseRegistryAlias('acme'), name: parseRepositoryName('tools/web') }
  const repository = (await metadata.rows.repositories.findByAlias(path.alias, path.name))?.repository
  const digest = digestOf(largeIndex(1 * MIB))
  await metadata.transaction(async ({ tags }) => {
    for (let index = 0; repository !== undefined && index < count; index += 1)
      await tags.put([{ repositoryId: repository.id, tag: parseTag(`t${index}`), digest, createdAt: 0 }])
  })
}

const addRepositories = ({ metadata }: RegistryContext, count: number) =>
  metadata.transaction(async ({ repositories }) => {
    for (let index = 0; index < count; index += 1) await repositories.create(newRepository(`many/${index}`))
  })

/** Leaves nothing of the client's share but what is not counted. */
function fill(memory: MemoryBudget): () => void {
  const share = memory.share({ address: '127.0.0.1' })
  share.hold(HOLD_BYTES)
  return share.release
}

async function expectRefused(response: Response): Promise<void> {
  const seen = [response.status, response.headers.get('retry-after'), await codesOf(response)]
  expect(seen).toEqual([503, '1', ['UNAVAILABLE']])
}

describe('the memory of answers', () => {
  it.each(Object.entries(readers))(
    'of %s is asked for before they are read, and given back when they are sent',
    (_, path) =>
      withRegistry(async ({ url, memory, context }) => {
        expect((await putManifest(url, 'large', largeIndex(1 * MIB), INDEX)).status).toBe(201)
        await addTags(context, 300)
        await addRepositories(context, 100)
        const empty = fill(memory)
        const read = vi.spyOn(context.metadata.rows.images, 'read')
        const referrers = vi.spyOn(context.metadata.rows.references, 'referrers')
        await expectRefused(await fetch(urlOf(url, path)))
        expect([read.mock.calls, referrers.mock.calls]).toEqual([[], []])
        empty()
        const response = await fetch(urlOf(url, path))
        expect([response.status, (await response.arrayBuffer()).byteLength > 1_000]).toEqual([200, true])
        await vi.waitFor(() => expect(memory.figures().heldBytes).toBe(0))
      })(),
  )

  it(
    'is not asked for where no bytes are sent',
    withRegistry(async ({ url, memory }) => {
      const body = largeIndex(1 * MIB)
      expect((await putManifest(url, 'large', body, INDEX)).status).toBe(201)
      fill(memory)
      const headers = { 'if-none-match': `"${digestOf(body)}"` }
      expect((await fetch(urlOf(url, 'manifests/large'), { method: 'HEAD' })).status).toBe(200)
      expect((await fetch(urlOf(url, 'manifests/large'), { headers })).status).toBe(304)
      expect((await fetch(urlOf(url, 'manifests/none'))).status).toBe(404)
    }),
  )

  it(
    'is held for those who do not read, up to their share',
    withRegistry(async ({ url, port, memory }) => {
      for (let index = 0; index < 12; index += 1)
        expect((await putManifest(url, `large${index}`, largeIndex(4_000_000 + index), INDEX)).status).toBe(201)
      const sockets = Array.from({ length: 40 }, (_, index) => {
        const socket = connect(port, '127.0.0.1').pause()
        socket.on('error', () => {})
        socket.write(`GET /v2/${REPOSITORY}/manifests/large${index % 12} HTTP/1.1\r\nHost: x\r\n\r\n`)
        return socket
      })
      await vi.waitFor(() => expect(memory.figures().refused.address).toBeGreaterThan(20))
      expect(memory.figures().heldBytes).toBeLessThanOrEqual(HOLD_BYTES)
      for (const socket of sockets) socket.destroy()
      await vi.waitFor(() => expect(memory.figures().heldBytes).toBe(0))
    }),
  )
})

describe('the memory of manifests that are pushed', () => {
  const begin = async (port: number, ...headers: string[]): Promise<Socket> => {
    const socket = connect(port, '127.0.0.1')
    await once(
      socket.on('error', () => {}),
      'connect',
    )
    const head = [`PUT /v2/${REPOSITORY}/manifests/x HTTP/1.1`, 'Host: x', `Content-Type: ${OCI_INDEX}`, ...headers]
    socket.write(`${head.join('\r\n')}\r\n\r\n`)
    return socket
  }

  it.each([
    ['of told length', `Content-Length: ${4 * MIB}`],
    ['in chunks', 'Transfer-Encoding: chunked'],
  ])('is none for those that do not end, %s', (_, header) =>
    withRegistry(async ({ port, url, memory }) => {
      const sockets = await Promise.all(Array.from({ length: 40 }, () => begin(port, header)))
      const chunk = Buffer.alloc(64 * 1024, ' ')
      const bytes = header.startsWith('T')
        ? Buffer.concat([Buffer.from('10000\r\n'), chunk, Buffer.from('\r\n')])
        : chunk
      for (const socket of sockets) for (let count = 0; count < 50; count += 1) socket.write(bytes)
      expect((await putManifest(url, 'large', largeIndex(3 * MIB), INDEX)).status).toBe(201)
      expect(memory.figures().heldBytes).toBeLessThanOrEqual(HOLD_BYTES)
      for (const socket of sockets) socket.destroy()
      await vi.waitFor(() => expect(memory.figures().heldBytes).toBe(0))
    })(),
  )

  it(
    'is refused where there is none when the body is complete',
    withRegistry(async ({ url, memory }) => {
      const empty = fill(memory)
      await expectRefused(await putManifest(url, 'large', largeIndex(2 * MIB), INDEX))
      await expectRefused(await putManifest(url, 'large', largeIndex(500_000), INDEX))
      expect((await putManifest(url, 'small', largeIndex(20_000), INDEX)).status).toBe(201)
      empty()
      expect((await putManifest(url, 'large', largeIndex(2 * MIB), INDEX)).status).toBe(201)
    }),
  )

  it(
    'is free for others after 408, where one trickles in',
    withRegistry(
      async ({ port, memory }) => {
        const socket = await begin(port, `Content-Length: ${4 * MIB}`)
        const answer = text(socket)
        const trickle = setInterval(() => socket.write(' '), 100)
        expect(await answer).toMatch(/^HTTP\/1.1 408 .*within 1 s/s)
        clearInterval(trickle)
        await vi.waitFor(() => expect(memory.figures().heldBytes).toBe(0))
      },
      { windowMs: 1_000 },
    ),
  )
})
