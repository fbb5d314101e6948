import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Digest } from '../../domain/digest.ts'
import { RegistryError } from '../../domain/problem.ts'
import { MemoryBudget } from '../../http/memory-budget.ts'
import { Notice } from '../../runtime/notice.ts'
import { CALLER, openTemporaryRegistry, type TemporaryRegistry } from '../../testing/temporary-registry.ts'
import { restoreImages } from '../bin/restore-images.ts'
import type { RegistryContext } from '../context.ts'
import { deleteImages } from '../images/delete-images.ts'
import { describeImages } from './describe-images.ts'
import { Describer } from './describer.ts'
import { FactsOfImages } from './facts-of-images.ts'

let registry: TemporaryRegistry
beforeEach(async () => {
  registry = await openTemporaryRegistry()
})
afterEach(() => registry[Symbol.asyncDispose]())

const platforms = async (...digests: Digest[]) => {
  const found = await registry.metadata.rows.imageConfigs.platforms(registry.repository.id, digests)
  return digests.map(digest => found.get(digest))
}
const lacking = () => registry.metadata.rows.imageConfigs.lacking(100)

/** The same registry, whose bytes are away or damaged. */
const withBytes = (read: (key: string) => Promise<never>): RegistryContext => ({
  ...registry.context,
  blobs: { ...registry.context.blobs, read } as RegistryContext['blobs'],
})

describe('images that were pushed', () => {
  it('have the platform of their configuration, and attestations and other things have none', async () => {
    const arm = await registry.addImage('{"os":"linux","architecture":"arm64","variant":"v8"}', 'arm')
    const attestation = await registry.addImage('{"os":"unknown","architecture":"unknown"}')
    const index = await registry.addIndex([arm, attestation], 'multi')
    const others = [
      await registry.addImage('[]'),
      await registry.addImage('\u0000{"os"'),
      await registry.addImage('{}'),
    ]
    const long = await registry.addImage(JSON.stringify({ os: 'x'.repeat(5_000), architecture: 'y' }))
    await describeImages(registry.context)
    expect(await platforms(arm, attestation, index, ...others, long)).toEqual([
      'linux/arm64/v8',
      ...Array(6).fill(undefined),
    ])
    expect(await lacking()).toEqual([])
    expect(await registry.metadata.rows.imageConfigs.ofRepository(registry.repository.id, 9)).toEqual([
      'linux/arm64/v8',
    ])
  })

  it('have the platform that an index says where they say none themselves, whichever came first', async () => {
    const indexOf = (digest: Digest, platform: object) => registry.addIndex([{ digest, platform }])
    const said = await registry.addImage('{"os":"linux","architecture":"amd64"}')
    const silent = await Promise.all(['{}', '[]', 'wasm', '{"os":"linux"}'].map(config => registry.addImage(config)))
    const [first = said, second = said, third = said, fourth = said] = silent
    await describeImages(registry.context)
    await indexOf(first, { os: 'wasi', architecture: 'wasm' })
    await indexOf(said, { os: 'windows', architecture: 'arm' })
    await indexOf(third, { os: 'unknown', architecture: 'unknown' })
    await indexOf(third, { os: 'x'.repeat(200), architecture: 'amd64' })
    await describeImages(registry.context)
    expect(await platforms(said, ...silent)).toEqual(['linux/amd64', 'wasi/wasm', undefined, undefined, undefined])
    await indexOf(fourth, { os: 'linux', architecture: 'riscv64', variant: 'v1' })
    const late = await registry.addImage('{"late":true}')
    await indexOf(late, { os: 'freebsd', architecture: 'amd64' })
    await describeImages(registry.context)
    expect(await platforms(second, fourth, late)).toEqual([undefined, 'linux/riscv64/v1', 'freebsd/amd64'])
  })

  it('are shown without a look at any blob from then on', async () => {
    const config = { os: 'linux', architecture: 'amd64', config: { User: 'ada', Env: ['A=b'] } }
    await registry.addImage(JSON.stringify(config), 'v1')
    await describeImages(registry.context)
    const facts = new FactsOfImages(withBytes(() => Promise.reject(new Error('a blob was read'))))
    const share = new MemoryBudget({ limitBytes: 2 ** 27 }).share({})
    const [row] = await registry.metadata.rows.images.list(registry.repository.id, { limit: 1 })
    const manifest = row && (await facts.manifest(row, share))
    if (manifest?.config === undefined) throw new Error('it has a configuration')
    expect(await facts.config(registry.repository.id, manifest.config, share)).toMatchObject({
      platform: { os: 'linux', architecture: 'amd64' },
      user: 'ada',
      environment: { items: ['A=b'], total: 1 },
    })
  })

  it('wait where the store is away, and do not wait for one that cannot be read', async () => {
    const first = await registry.addImage('{"os":"linux","architecture":"arm"}')
    const away = new RegistryError({ kind: 'unavailable', what: 'The store', retryAfterSeconds: 1 })
    await expect(describeImages(withBytes(() => Promise.reject(away)))).rejects.toBe(away)
    expect(await lacking()).toHaveLength(1)

    const second = await registry.addImage('{"os":"linux","architecture":"amd64"}')
    let reads = 0
    const { blobs } = registry.context
    const read = ((key: never) => (reads++ === 0 ? Promise.reject(new Error('damaged')) : blobs.read(key))) as never
    await describeImages(withBytes(read))
    expect((await platforms(first, second)).filter(each => each !== undefined)).toHaveLength(1)
    expect(await lacking()).toEqual([])
  })

  it('are described soon after their push, and after they came back from the bin', async () => {
    const pushed = new Notice()
    const errors: unknown[] = []
    const describer = new Describer(registry.context, new AbortController().signal, error => errors.push(error))
    pushed.hear(() => describer.begin())
    Object.assign(registry.context, { pushed })
    const image = await registry.addImage('{"os":"linux","architecture":"riscv64"}', 'v1')
    await describer.ended()
    expect([await platforms(image), errors]).toEqual([['linux/riscv64'], []])

    const { context, repository } = registry
    const refs = [{ digest: image }]
    await deleteImages(context, CALLER, repository, refs)
    await restoreImages(context, CALLER, repository, refs)
    await describer.ended()
    expect([await platforms(image), await lacking()]).toEqual([['linux/riscv64'], []])
  })
})

it('a configuration of any length is noted by what fits on a page', async () => {
  const long = (count: number, length: number) =>
    Array.from({ length: count }, (_, at) => `${at}=${'"'.repeat(length)}`)
  for (const [count, length] of [
    [10_000, 90],
    [20, 100_000],
    [1, 3_900_000],
  ] as const) {
    const labels = Object.fromEntries(long(count, length).map(text => [text.slice(0, 40), text]))
    const history = long(count, length).map(text => ({ created_by: text, comment: text, created: text }))
    for (const part of [{ config: { Labels: labels } }, { history }, { config: { Env: long(count, length) } }]) {
      const text = JSON.stringify({ os: 'linux', architecture: 'amd64', ...part })
      if (text.length > 4 * 1024 * 1024) continue
      const image = await registry.addImage(text)
      await describeImages(registry.context)
      expect(await platforms(image)).toEqual(['linux/amd64'])
    }
  }
  const { rows } = registry.metadata
  for (const row of await rows.images.list(registry.repository.id, { limit: 100 })) {
    const { config } = JSON.parse(String(await rows.images.read(row.repositoryId, row.digest)))
    expect(JSON.stringify(await rows.imageConfigs.find(config.digest)).length).toBeLessThan(50_000)
  }
})
