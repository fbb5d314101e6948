import { existsSync } from 'node:fs'
import { mkdir } from 'node:fs/promises'
import * as nodeModule from 'node:module'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { BERTH } from '../support/berth.ts'
import { run } from '../support/run.ts'
import { makeScratch } from '../support/scratch.ts'

/** CI runs this on a Node with a compile cache and on one without. */
const hasCache = 'enableCompileCache' in nodeModule

it(`runs again from what was compiled, which ${hasCache ? 'Node' : 'the build'} has kept`, async () => {
  await using scratch = await makeScratch()
  const TMPDIR = scratch.path('tmp')
  await mkdir(TMPDIR)
  const skeleton = () =>
    run(process.execPath, [BERTH, 'ecr-public', 'describe-registries', '--generate-cli-skeleton'], { env: { TMPDIR } })
  const first = await skeleton()
  expect(first).toMatchObject({ exitCode: 0, stderr: '' })
  expect(JSON.parse(first.stdout)).toHaveProperty('maxResults')
  expect(existsSync(join(TMPDIR, 'node-compile-cache'))).toBe(hasCache)
  expect(await skeleton()).toEqual(first)
})
