import { fileURLToPath } from 'node:url'
import { expect, it } from 'vitest'
import { BERTH } from '../support/berth.ts'
import { startEcrPublicStub } from '../support/ecr-public-stub.ts'
import { bareEnvironment, succeed } from '../support/run.ts'
import { environmentOf, stubImage, stubMultiArch } from './clean.ts'

const MEASURE = fileURLToPath(new URL('../../bench/measure.py', import.meta.url))
const LIMIT_MIB = 250
const MULTI_ARCH = 2_000
const IMAGES = 50_000

it(`cleans ${IMAGES} images in less than ${LIMIT_MIB} MiB`, async () => {
  const multiArch = Array.from({ length: MULTI_ARCH }, (_, i) => stubMultiArch(`m${i}`, 2)).flat()
  const tagged = Array.from({ length: IMAGES - multiArch.length }, (_, i) => stubImage(`i${i}`, [`pr-${i}`]))
  await using stub = await startEcrPublicStub({ repositories: { 'team/web': [...multiArch, ...tagged] } })
  const berth = [process.execPath, BERTH, 'clean', '--repository-name', 'team/web', '--older-than', '30d']
  const measure = async (name: string, ...args: string[]): Promise<number> => {
    const job = { env: bareEnvironment(environmentOf(stub.url)), rounds: 1, commands: { [name]: [...berth, ...args] } }
    const line = await succeed('python3', [MEASURE], { stdin: JSON.stringify(job), timeoutSeconds: 110 })
    return JSON.parse(line).mib
  }
  const document = await measure('document', '--dry-run', '--output', 'json')
  const deletion = await measure('deletion', '--yes')
  expect(stub.left('team/web')).toEqual([])
  expect(deletion).toBeLessThan(LIMIT_MIB)
  expect(document).toBeLessThan(LIMIT_MIB)
})
