import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { isProblem } from '../../domain/problem.ts'
import { BodyFiles } from './body-files.ts'

const MIB = 1024 * 1024
/** An address may have a quarter of it. */
const LIMIT = 16 * MIB

let folder: string
let files: BodyFiles
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'berth-bodies-'))
  files = new BodyFiles(join(folder, 'bodies'), LIMIT)
  // Time passes where a test says so: what a busy machine takes makes no body slow.
  vi.useFakeTimers({ toFake: ['performance'] })
})
afterEach(async () => {
  vi.useRealTimers()
  await rm(folder, { recursive: true })
})

const isRefused = (error: unknown) => isProblem(error, 'unavailable')
const pastGrace = () => void vi.advanceTimersByTime(1_100)

it('gives back what was written, from a file that nobody else finds', async () => {
  const file = await files.open('a', 10)
  await file.write(Buffer.from('hello '))
  await file.write(Buffer.from('world'))
  const into = Buffer.alloc(7)
  await file.read(into, 4)
  expect(String(into)).toBe('o world')
  expect(await readdir(join(folder, 'bodies'))).toEqual([])
  await file.close()
  await file.close()
  expect(files.heldBytes).toBe(0)
})

it('gives an address a quarter, and has those of it that stand still make room for the next', async () => {
  const first = await files.open('a', 2 * MIB)
  const second = await files.open('a', 2 * MIB)
  await expect(files.open('a', 1 * MIB)).rejects.toSatisfy(isRefused) // both have only begun
  const other = await files.open('b', 4 * MIB)
  pastGrace()
  await second.write(Buffer.alloc(MIB))
  const third = await files.open('a', 1 * MIB)
  expect([first.signal.aborted, second.signal.aborted]).toEqual([true, false])
  expect(first.signal.reason).toSatisfy(isRefused)
  await Promise.all([first, second, third].map(file => file.close()))
  expect(files.heldBytes).toBe(4 * MIB)
  await other.close()
})

it('takes none that keeps the pace, and none that is complete', async () => {
  const [quick, complete] = [await files.open('a', 2 * MIB), await files.open('a', 2 * MIB)]
  complete.complete()
  pastGrace()
  await quick.write(Buffer.alloc(MIB))
  await expect(files.open('a', 1 * MIB)).rejects.toSatisfy(isRefused)
  expect([quick.signal.aborted, complete.signal.aborted]).toEqual([false, false])
  await Promise.all([quick.close(), complete.close()])
})

it('has all addresses make room where all of it is used', async () => {
  const all = await Promise.all(['a', 'b', 'c', 'd'].map(address => files.open(address, 4 * MIB)))
  await expect(files.open('e', MIB)).rejects.toSatisfy(isRefused)
  pastGrace()
  await Promise.all(all.slice(1).map(file => file.write(Buffer.alloc(MIB / 2))))
  const late = await files.open('e', MIB)
  expect(all.map(({ signal }) => signal.aborted)).toEqual([true, false, false, false])
  await Promise.all([...all, late].map(file => file.close()))
})
