import { setImmediate as nextTurn } from 'node:timers/promises'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { isProblem } from '../../domain/problem.ts'
import { ownTurn } from '../../runtime/own-turn.ts'
import { WriteQueue } from './write-queue.ts'

it('lets writers in one at a time, in the order of arrival', async () => {
  const queue = new WriteQueue(60_000)
  const entered: number[] = []
  const writers = [1, 2, 3].map(n => queue.enter().then(() => entered.push(n)))
  await writers[0]
  expect(entered).toEqual([1])
  queue.leave()
  await writers[1]
  expect(entered).toEqual([1, 2])
  queue.leave()
  await writers[2]
  queue.leave()
  await queue.enter()
})

it('turns away who waits too long, and lets the next one in', async () => {
  const queue = new WriteQueue(5)
  await queue.enter()
  await expect(queue.enter()).rejects.toSatisfy(error => isProblem(error, 'unavailable'))
  queue.leave()
  await queue.enter()
})

describe('large writes', () => {
  afterEach(() => vi.useRealTimers())

  /** Notes who is let in. Each stays for as long as it is told. */
  const crowd = () => {
    vi.useFakeTimers({ toFake: ['performance', 'setTimeout', 'clearTimeout'] })
    const queue = new WriteQueue(60_000)
    const entered: string[] = []
    const come = (name: string) => {
      void queue.enter({ isLarge: name.startsWith('large') }).then(() => entered.push(name))
    }
    const stay = async (ms: number) => {
      await vi.advanceTimersByTimeAsync(ms)
      queue.leave()
      await vi.advanceTimersByTimeAsync(0)
    }
    return { queue, entered, come, stay }
  }

  it('rest after one that kept short ones waiting, and are let in then', async () => {
    const { entered, come, stay } = crowd()
    for (const name of ['large 1', 'large 2', 'short 1', 'short 2']) come(name)
    await stay(100)
    await stay(1)
    expect(entered).toEqual(['large 1', 'short 1', 'short 2'])
    await stay(1)
    await vi.advanceTimersByTimeAsync(290)
    come('short 3')
    await vi.advanceTimersByTimeAsync(0)
    expect(entered.slice(3)).toEqual(['short 3'])
    await stay(5)
    expect(entered.slice(4)).toEqual([])
    await vi.advanceTimersByTimeAsync(10)
    expect(entered.slice(4)).toEqual(['large 2'])
  })

  it('have their turn, however many short ones come', async () => {
    const { entered, come, stay } = crowd()
    for (const name of ['large 1', 'large 2', 'short']) come(name)
    await stay(100)
    for (let at = 0; at < 40; at += 1) {
      come('short')
      await stay(10)
    }
    expect(entered.indexOf('large 2')).toBeGreaterThan(20)
    expect(entered).toContain('large 2')
  })

  it('follow each other where nobody else waits', async () => {
    const { queue, entered, come, stay } = crowd()
    for (const name of ['large 1', 'large 2', 'large 3']) come(name)
    for (let at = 0; at < 3; at += 1) await stay(100)
    expect(entered).toEqual(['large 1', 'large 2', 'large 3'])
    come('large 4')
    await vi.advanceTimersByTimeAsync(0)
    expect(entered.at(-1)).toBe('large 4')
    queue.leave()
  })

  it.each(['rests', 'waits for a short one'])('are not passed by the end of the database, where one %s', async when => {
    const { queue, entered, come, stay } = crowd()
    for (const name of ['large 1', 'large 2', 'short']) come(name)
    await stay(100)
    if (when === 'rests') await stay(1)
    const closed = queue.close().then(() => entered.push('closed'))
    await expect(queue.enter()).rejects.toSatisfy(error => isProblem(error, 'unavailable'))
    if (when !== 'rests') await stay(1)
    await stay(100)
    await closed
    expect(entered).toEqual(['large 1', 'short', 'large 2', 'closed'])
    expect(vi.getTimerCount()).toBe(0)
  })

  it.each(['end', 'take long'])('hold long work back while short ones wait for them, until they %s', async when => {
    const { queue, come, stay } = crowd()
    const passes = async () => {
      let hasPassed = false
      const passed = ownTurn().then(() => {
        hasPassed = true
      })
      for (let turn = 0; turn < 50 && !hasPassed; turn += 1) await nextTurn()
      return { hasPassed, passed }
    }
    come('large')
    expect(await passes()).toMatchObject({ hasPassed: true })
    come('short')
    const { hasPassed, passed } = await passes()
    expect(hasPassed).toBe(false)
    if (when === 'end') await stay(1)
    else await vi.advanceTimersByTimeAsync(100)
    await passed
    if (when !== 'end') await stay(1)
    queue.leave()
    expect(vi.getTimerCount()).toBe(0)
  })

  it('rest for a quarter of the patience at most', async () => {
    const { entered, come, stay } = crowd()
    for (const name of ['large 1', 'large 2', 'short']) come(name)
    await stay(30_000)
    await stay(1)
    await vi.advanceTimersByTimeAsync(14_900)
    expect(entered).toEqual(['large 1', 'short'])
    await vi.advanceTimersByTimeAsync(200)
    expect(entered.at(-1)).toBe('large 2')
  })
})
