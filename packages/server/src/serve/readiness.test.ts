import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { RegistryError } from '../domain/problem.ts'
import type { MetadataStore } from '../ports/metadata-store.ts'
import type { RegistryContext } from '../registry/context.ts'
import { openTemporaryRegistry, type TemporaryRegistry } from '../testing/temporary-registry.ts'
import { createReadiness } from './readiness.ts'

/** A database that answers before any time can be over, however busy the machine is. */
const atOnce = ({ metadata }: RegistryContext): MetadataStore => {
  const { rows } = metadata
  return { ...metadata, rows: { ...rows, registries: { ...rows.registries, list: async () => [] } } }
}

describe('readiness', () => {
  let registry: TemporaryRegistry
  beforeEach(async () => {
    registry = await openTemporaryRegistry()
  })
  afterEach(() => registry[Symbol.asyncDispose]())

  it('follows both stores, down and up again', async () => {
    const { metadata, blobs } = registry.context
    let isDown = false
    const gone = new RegistryError({ kind: 'unavailable', what: 'gone', retryAfterSeconds: 5 })
    const failing = {
      ...blobs,
      sizeBytes: async (...[key]: Parameters<typeof blobs.sizeBytes>) => {
        if (isDown) throw gone
        return blobs.sizeBytes(key)
      },
    }
    const ready = createReadiness({ metadata, blobs: failing })
    expect(await ready()).toBe(true)
    isDown = true
    expect(await ready()).toBe('gone')
    isDown = false
    expect(await ready()).toBe(true)
    await metadata.close()
    expect(await ready()).toMatch(/./)
  })

  it('ends with the server', async () => {
    const stopping = new AbortController()
    const ready = createReadiness(registry.context, { signal: stopping.signal })
    expect(await ready()).toBe(true)
    stopping.abort()
    expect(await ready()).toBe('The server stops.')
  })

  it('does not wait for a store that does not answer, and asks it once', async () => {
    const { blobs } = registry.context
    const metadata = atOnce(registry.context)
    let asked = 0
    let answer = () => {}
    const slow = {
      ...blobs,
      sizeBytes: () => {
        asked += 1
        return new Promise<undefined>(resolve => {
          answer = () => resolve(undefined)
        })
      },
    }
    const ready = createReadiness({ metadata, blobs: slow }, { patienceMs: 10 })
    expect(await Promise.all([ready(), ready()])).toEqual(Array(2).fill('The blob store has not answered in 0.01 s.'))
    expect(await ready()).toMatch(/has not answered/)
    expect(asked).toBe(1)
    answer()
    await new Promise(resolve => setImmediate(resolve))
    const next = ready()
    answer()
    expect([await next, asked]).toEqual([true, 2])
  })

  it('says what the database knows where an answer takes too long, and names each store that is away', async () => {
    const { metadata, blobs } = registry.context
    const never = () => new Promise<undefined>(() => {})
    const rows = { ...metadata.rows, registries: { ...metadata.rows.registries, list: never as never } }
    const slow = { ...metadata, rows }
    const patience = { patienceMs: 10 }
    const there = { ...blobs, sizeBytes: async () => undefined }
    expect(await createReadiness({ metadata: slow, blobs: there }, patience)()).toBe(
      'The database has not answered in 0.01 s.',
    )
    const troubled = { ...slow, trouble: () => 'The database is a standby.' }
    expect(await createReadiness({ metadata: troubled, blobs: { ...blobs, sizeBytes: never } }, patience)()).toBe(
      'The database is a standby. The blob store has not answered in 0.01 s.',
    )
  })

  it('follows the disks', async () => {
    const full = ['The disk that holds the blobs is full.']
    expect(await createReadiness(registry.context, { disks: async () => full })()).toBe(full[0])
  })

  it('is none where a database whose disk nobody sees has refused rows for want of room', async () => {
    const { metadata, blobs } = registry.context
    let isFull = true
    const ready = createReadiness({ metadata: { ...metadata, isFull: () => isFull }, blobs })
    expect(await ready()).toMatch(/^The disk that holds the database is full\. Pushes are refused/)
    isFull = false
    expect(await ready()).toBe(true)
  })
})
