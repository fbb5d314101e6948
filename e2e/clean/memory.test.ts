import { readFile, writeFile } from 'node:fs/promises'
import { expect, it } from 'vitest'
import { BERTH } from '../support/berth.ts'
import { startEcrPublicStub } from '../support/ecr-public-stub.ts'
import { succeed } from '../support/run.ts'
import { makeScratch } from '../support/scratch.ts'
import { environmentOf, stubImage, stubMultiArch } from './clean.ts'

const LIMIT_MIB = 250
/** Node does not pass on what Linux says of a child, so the child writes it down itself when it ends. */
const TELL_PEAK = `const { readFileSync, writeFileSync } = require('node:fs')
  process.on('exit', () => writeFileSync(process.env.PEAK_FILE, readFileSync('/proc/self/status')))`
const MULTI_ARCH = 2_000
const IMAGES = 50_000

it(`cleans ${IMAGES} images in less than ${LIMIT_MIB} MiB`, async () => {
  const multiArch = Array.from({ length: MULTI_ARCH }, (_, i) => stubMultiArch(`m${i}`, 2)).flat()
  const tagged = Array.from({ length: IMAGES - multiArch.length }, (_, i) => stubImage(`i${i}`, [`pr-${i}`]))
  await using stub = await startEcrPublicStub({ repositories: { 'team/web': [...multiArch, ...tagged] } })
  await using scratch = await makeScratch()
  /** The most memory that a run ever had, in MiB; what it prints goes nowhere. */
  const measure = async (name: string, ...args: string[]): Promise<number> => {
    const [peak, preload] = [scratch.path(`${name}.peak`), scratch.path('tell-peak.cjs')]
    await writeFile(preload, TELL_PEAK)
    const command = [BERTH, 'clean', '--repository-name', 'team/web', '--older-than', '30d', ...args]
    const env = { ...environmentOf(stub.url), PEAK_FILE: peak }
    await succeed(
      '/bin/sh',
      ['-c', 'exec "$@" > /dev/null', 'sh', process.execPath, '--require', preload, ...command],
      {
        env,
        timeoutSeconds: 230,
      },
    )
    const [, kibibytes] = /^VmHWM:\s+(\d+) kB$/m.exec(await readFile(peak, 'utf8')) ?? []
    return Number(kibibytes) / 1024
  }
  const document = await measure('document', '--dry-run', '--output', 'json')
  const deletion = await measure('deletion', '--yes')
  expect(Math.min(document, deletion)).toBeGreaterThan(30) // Node alone takes more
  expect(stub.left('team/web')).toEqual([])
  expect(deletion).toBeLessThan(LIMIT_MIB)
  expect(document).toBeLessThan(LIMIT_MIB)
})
