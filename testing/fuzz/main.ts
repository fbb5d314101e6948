// npm run fuzz: inputs without end for what reads them. testing/fuzz/README.md tells more.

import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { launch } from '../../e2e/support/server-process.ts'
import { commandLines, commandReaders } from './command-line.ts'
import { run } from './fuzzer.ts'
import { httpFuzzers } from './http.ts'
import { serverReaders } from './server-readers.ts'

const { values } = parseArgs({
  options: {
    seed: { type: 'string', default: String(Date.now() % 2 ** 31) },
    inputs: { type: 'string', default: '1000000' },
    part: { type: 'string' },
    only: { type: 'string' },
  },
})
const seed = Number(values.seed)
const inputs = Number(values.inputs)
const only = values.only === undefined ? {} : { only: Number(values.only) }

async function main(): Promise<number> {
  process.stdout.write(`seed ${seed}, ${inputs} inputs, Node ${process.version}\n`)
  const dataDir = mkdtempSync(join(tmpdir(), 'berth-fuzz-'))
  // One client asks more here than a hundred do elsewhere.
  const server = await launch({ dataDir, port: '0', args: ['--rate-limits', 'none'] })
  const lines = commandLines()
  let found = 0
  try {
    const fuzzers = [
      serverReaders,
      commandReaders,
      lines,
      ...(await httpFuzzers({ url: server.url, dataDir, pid: server.pid })),
    ]
    for (const fuzzer of fuzzers.filter(({ name }) => values.part === undefined || values.part === name)) {
      const count = Math.round(inputs * fuzzer.share)
      const began = performance.now()
      const findings = await run(fuzzer, { seed, inputs: count, ...only })
      const seconds = ((performance.now() - began) / 1000).toFixed(0)
      process.stdout.write(`${fuzzer.name}: ${count} inputs, ${seconds} s, ${findings.length} findings\n`)
      for (const finding of findings) process.stdout.write(`- ${finding}\n`)
      found += findings.length
    }
  } finally {
    await server.end('SIGTERM').catch(error => {
      found += 1
      process.stdout.write(`- the server did not end as it should: ${error}\n`)
    })
    lines[Symbol.dispose]()
    rmSync(dataDir, { recursive: true, force: true, maxRetries: 20 })
  }
  process.stdout.write(found === 0 ? 'Nothing was found.\n' : `${found} findings.\n`)
  return found === 0 ? 0 : 1
}

process.exit(await main())
