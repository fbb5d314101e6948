import { spawn } from 'node:child_process'
import { setTimeout as delay } from 'node:timers/promises'
import { expect, it } from 'vitest'
import { BERTH } from '../support/berth.ts'
import { startEcrPublicStub } from '../support/ecr-public-stub.ts'
import { bareEnvironment } from '../support/run.ts'
import { clean, environmentOf, stubMultiArch } from './clean.ts'

const ARGS = ['--repository-name', 'team/web', '--untagged', '--yes', '--concurrency', '2']

it('Ctrl-C lets the deletions under way finish, says what was done, and the same command goes on', async () => {
  let deletions = 0
  let text = ''
  let interrupt = () => {}
  await using stub = await startEcrPublicStub({
    repositories: { 'team/web': Array.from({ length: 500 }, (_, i) => stubMultiArch(`m${i}`, 1)).flat() },
    async fault(operation) {
      if (operation !== 'BatchDeleteImage' || ++deletions !== 3) return undefined
      interrupt()
      // The signal is heard before the answer is there.
      while (!text.includes('Stopping:')) await delay(20)
      return undefined
    },
  })
  const child = spawn(process.execPath, [BERTH, 'clean', ...ARGS], { env: bareEnvironment(environmentOf(stub.url)) })
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', chunk => {
      text += chunk
    })
  }
  interrupt = () => child.kill('SIGINT')
  const exitCode = await new Promise(resolve => child.once('close', resolve))

  const left = stub.left('team/web').length
  expect(exitCode).toBe(130)
  expect(text).toContain('Stopping: the requests under way are finished first.')
  expect(text).toMatch(new RegExp(`Deleted ${1000 - left} of 1,000 images; ${left} were not tried\\.`))
  expect(left).toBeGreaterThanOrEqual(500)
  expect(left).toBeLessThan(1000)

  const again = await clean(stub, ARGS)
  expect(again.stdout).toContain(`Deleted ${left} images.`)
  expect(again.exitCode).toBe(0)
  expect(stub.left('team/web')).toEqual([])
})
