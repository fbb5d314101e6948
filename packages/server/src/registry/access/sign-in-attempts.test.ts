import { expect, it } from 'vitest'
import { isProblem } from '../../domain/problem.ts'
import { SignInAttempts } from './sign-in-attempts.ts'

const clock = { time: 0, now: () => clock.time }
const KEY = 'AKIAUNDERATTACK'

it('refuses an address for a while, and no other', async () => {
  const attempts = new SignInAttempts(clock)
  const ended = await Promise.all(
    Array.from({ length: 1_000 }, (_, each) =>
      attempts.begin({ address: '192.0.2.1', accessKeyId: `AKIA${each}` }).then(
        () => 'taken',
        error => (isProblem(error, 'tooManyRequests') ? 'refused' : error),
      ),
    ),
  )
  expect(ended.filter(each => each === 'taken')).toHaveLength(20)
  expect(ended.filter(each => each === 'refused')).toHaveLength(980)
  await attempts.begin({ address: '192.0.2.2', accessKeyId: 'AKIA1' })
  await expect(attempts.begin({ address: '192.0.2.1', accessKeyId: undefined })).rejects.toThrow('tooManyRequests')
  clock.time += 60_000
  await attempts.begin({ address: '192.0.2.1', accessKeyId: 'AKIA1' })
})

it('slows a key down, by 2 seconds at most and a hundred attempts at a time, and locks nobody out', async () => {
  const waits: number[] = []
  const go: (() => void)[] = []
  const attempts = new SignInAttempts(clock, ms => {
    waits.push(ms)
    return new Promise<void>(resolve => go.push(resolve))
  })
  // A thousand in a minute, each from an address of its own.
  const all = Array.from({ length: 1_000 }, (_, each) =>
    attempts.begin({ address: `10.0.${each >> 8}.${each & 255}`, accessKeyId: KEY }),
  )
  expect(attempts.waiting).toBe(100)
  expect(waits).toHaveLength(100)
  expect(Math.max(...waits)).toBe(2_000)
  for (const each of go) each()
  await Promise.all(all)
  expect(attempts.waiting).toBe(0)
})

it('forgives attempts that were right', async () => {
  const attempts = new SignInAttempts(clock)
  const attempt = { address: '198.51.100.1', accessKeyId: KEY }
  for (let each = 0; each < 100; each += 1) {
    await attempts.begin(attempt)
    attempts.forgive(attempt)
  }
  await expect(attempts.begin(attempt)).resolves.toBeUndefined()
})
