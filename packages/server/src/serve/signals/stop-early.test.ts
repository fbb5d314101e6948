import { expect, it } from 'vitest'
import { catchEarlySignals, StoppedEarly } from './stop-early.ts'

it('aborts at the first signal, gives up what hangs, and leaves no listener behind', async () => {
  const before = process.listenerCount('SIGTERM')
  const early = catchEarlySignals({ patienceMs: 1 })
  process.emit('SIGTERM')
  expect(early.signal.reason).toBeInstanceOf(StoppedEarly)
  await expect(early.overdue).rejects.toBe(early.signal.reason)
  process.emit('SIGINT') // of the same key press
  early[Symbol.dispose]()
  expect(process.listenerCount('SIGTERM')).toBe(before)
})

it('gives nothing up once the start is over', async () => {
  const early = catchEarlySignals({ patienceMs: 1 })
  process.emit('SIGINT')
  early[Symbol.dispose]()
  const first = await Promise.race([early.overdue, new Promise(resolve => setTimeout(resolve, 20, 'nothing'))])
  expect([early.signal.aborted, first]).toEqual([true, 'nothing'])
})
