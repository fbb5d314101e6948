import { afterAll, beforeAll, expect, test } from 'vitest'
import { commandLines, commandReaders } from '../testing/fuzz/command-line.ts'
import { run } from '../testing/fuzz/fuzzer.ts'
import { httpFuzzers } from '../testing/fuzz/http.ts'
import { serverReaders } from '../testing/fuzz/server-readers.ts'
import { type Registry, startRegistry } from './support/registry.ts'

/** The short form of `npm run fuzz`: always the same inputs. A finding names how to try it again. */
const SEED = 1
const TIMEOUT = { timeout: 300_000 }

let registry: Registry

beforeAll(async () => {
  registry = await startRegistry({ args: ['--rate-limits', 'none'] })
})
afterAll(() => registry?.[Symbol.asyncDispose]())

test('what the server reads is understood or refused', TIMEOUT, async () => {
  expect(await run(serverReaders, { seed: SEED, inputs: 10_000 })).toEqual([])
})

test('what the command line reads is understood or refused', TIMEOUT, async () => {
  expect(await run(commandReaders, { seed: SEED, inputs: 4000 })).toEqual([])
})

test('command lines end with a code that says what was wrong', TIMEOUT, async () => {
  using lines = commandLines()
  expect(await run(lines, { seed: SEED, inputs: 300 })).toEqual([])
})

test('requests and calls are answered without a 5xx, and leave no files and no memory behind', TIMEOUT, async () => {
  const target = { url: registry.serverUrl(), dataDir: registry.dataDir, pid: registry.pid() }
  for (const fuzzer of await httpFuzzers(target)) {
    expect(await run(fuzzer, { seed: SEED, inputs: 1000 }), fuzzer.name).toEqual([])
  }
  expect(registry.output()).not.toMatch(/"level":"?(?:error|50)/)
})
