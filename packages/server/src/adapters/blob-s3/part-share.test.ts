import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { PartFiles } from './part-gather.ts'
import { PartShare } from './part-share.ts'

describe('PartShare', () => {
  const full = {
    share: () => ({ sizeBytes: 0, ask: () => false, hold() {}, wait: async () => {}, release() {}, end() {} }),
  }
  const SIZE = 100
  const bytes = Buffer.alloc(SIZE, 'x')

  it('lends memory again once it is back, unless a request that failed may still look at it', async () => {
    const share = new PartShare({ partBytes: SIZE, limit: 1 })
    const [first, second] = [await share.gather(undefined), await share.gather(undefined)]
    await first.write(bytes, 0)
    const lent = await first.read(0, SIZE)
    await first.free(true)
    await second.free(true)
    expect((await (await share.gather(undefined)).read(0, SIZE)).buffer).toBe(lent.buffer)
    const failed = await share.gather(undefined)
    const seen = await failed.read(0, SIZE)
    await failed.free(false)
    expect((await (await share.gather(undefined)).read(0, SIZE)).buffer).not.toBe(seen.buffer)
  })

  it('gathers in files where there is no memory, as many as may be, and leaves none behind', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'berth-parts-'))
    const files = new PartFiles(folder, 2)
    const share = new PartShare({ partBytes: SIZE, limit: 1, memory: full, files })
    const gathers = [await share.gather({}), await share.gather({})]
    await expect(share.gather({})).rejects.toMatchObject({ problem: { kind: 'unavailable' } })
    for (const [index, gather] of gathers.entries()) {
      await gather.write(Buffer.from('tail'), 4)
      await gather.write(Buffer.from(`no.${index}`), 0)
      expect((await gather.read(0, 8)).toString()).toBe(`no.${index}tail`)
      expect((await gather.read(4, 8)).toString()).toBe('tail')
    }
    expect(await readdir(folder)).toEqual([])
    for (const gather of gathers) await gather.free(true)
    await gathers[0]?.free(true)
    for (const gather of [await share.gather({}), await share.gather({})]) await gather.free(true)
    await rm(folder, { recursive: true })
  })

  it('lets so many at a time send, the others in the order of asking', async () => {
    const share = new PartShare({ partBytes: 100, limit: 2 })
    const log: string[] = []
    const enter = async (name: string) => {
      await share.enter()
      log.push(name)
    }
    const entered = ['a', 'b', 'c', 'd'].map(enter)
    await Promise.all(entered.slice(0, 2))
    expect(log).toEqual(['a', 'b'])
    share.leave()
    await entered[2]
    expect(log).toEqual(['a', 'b', 'c'])
    share.leave()
    await entered[3]
    share.leave()
    share.leave()
    await Promise.all([enter('e'), enter('f')])
    expect(log).toEqual(['a', 'b', 'c', 'd', 'e', 'f'])
  })
})
