import { describe, expect, it } from 'vitest'
import { PartShare } from './part-share.ts'

describe('PartShare', () => {
  it('lends a buffer again once it is back, and keeps no more than it may', () => {
    const share = new PartShare(100, 1)
    const [first, second] = [share.takeBuffer(), share.takeBuffer()]
    expect([first.length, second.length]).toEqual([100, 100])
    share.giveBuffer(first)
    share.giveBuffer(second)
    expect(share.takeBuffer()).toBe(first)
    expect(share.takeBuffer()).not.toBe(second)
  })

  it('keeps no buffer of another size', () => {
    const share = new PartShare(100, 1)
    share.giveBuffer(Buffer.alloc(101))
    expect(share.takeBuffer().length).toBe(100)
  })

  it('lets so many at a time send, the others in the order of asking', async () => {
    const share = new PartShare(100, 2)
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
