import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { request } from 'node:http'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { basicOf } from '../oci/client.ts'
import { randomBytes } from '../oci/content.ts'
import { isEmbedded } from '../support/embedded.ts'
import { type Registry, startRegistry } from '../support/registry.ts'
import { peakMemoryMiB } from './process.ts'

const MIB = 1024 * 1024
/** Node itself takes about 80 MiB of it, and with the clients of PostgreSQL and S3 some 120. */
const LIMIT_MIB = isEmbedded ? 200 : 250

let registry: Registry
let authorization: string

beforeEach(async () => {
  registry = await startRegistry()
  await registry.control('CreateRepository', { repositoryName: 'faults/memory' })
  authorization = basicOf('AWS', await registry.password())
})
afterEach(() => registry?.[Symbol.asyncDispose]())

/** A blob that is never in memory as a whole: one block again and again, after a first one of its own. */
function* blobOf(seed: string, mebibytes: number): Generator<Buffer> {
  const first = randomBytes(seed, MIB)
  for (let count = 0; count < mebibytes; count += 1) yield count === 0 ? first : BLOCK
}
const BLOCK = randomBytes('block', MIB)

function digestOf(blob: Iterable<Buffer>): string {
  const hash = createHash('sha256')
  for (const block of blob) hash.update(block)
  return `sha256:${hash.digest('hex')}`
}

async function push(seed: string, mebibytes: number): Promise<string> {
  const digest = digestOf(blobOf(seed, mebibytes))
  const url = `${registry.url}/v2/${registry.alias}/faults/memory/blobs/uploads/?digest=${digest}`
  const sent = request(url, { method: 'POST', headers: { authorization, 'content-length': mebibytes * MIB } })
  const answer = once(sent, 'response')
  for (const block of blobOf(seed, mebibytes)) if (!sent.write(block)) await once(sent, 'drain')
  sent.end()
  const [response] = await answer
  expect(response.resume().statusCode).toBe(201)
  return digest
}

async function pull(digest: string): Promise<void> {
  const url = `${registry.url}/v2/${registry.alias}/faults/memory/blobs/${digest}`
  const response = await fetch(url, { headers: { authorization } })
  const hash = createHash('sha256')
  for await (const chunk of response.body ?? []) hash.update(chunk)
  expect(`sha256:${hash.digest('hex')}`).toBe(digest)
}

/** More than the limit in all; on S3 each upload holds a part of 8 MiB, and each server eight more. */
const [BLOBS, BLOB_MIB] = isEmbedded ? [32, 32] : [8, 64]

test(`${BLOBS} pushes and pulls of ${BLOB_MIB} MiB at once`, async () => {
  const digests = await Promise.all(Array.from({ length: BLOBS }, (_, index) => push(`one of many ${index}`, BLOB_MIB)))
  expect(await peakMemoryMiB(registry)).toBeLessThan(LIMIT_MIB)
  await Promise.all(digests.map(pull))
  expect(await peakMemoryMiB(registry)).toBeLessThan(LIMIT_MIB)
})

test('a push and a pull of 512 MiB', async () => {
  await pull(await push('one large', 512))
  expect(await peakMemoryMiB(registry)).toBeLessThan(LIMIT_MIB)
})
