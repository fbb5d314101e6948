import { copyFile, cp, mkdir, readdir, readFile, stat, utimes, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { expect, it } from 'vitest'
import { BERTH } from '../support/berth.ts'
import { run } from '../support/run.ts'
import { makeScratch } from '../support/scratch.ts'

const skeleton = (XDG_CACHE_HOME: string, program = BERTH) =>
  run(process.execPath, [program, 'ecr-public', 'describe-registries', '--generate-cli-skeleton'], {
    env: { XDG_CACHE_HOME },
  })

it('runs again from what was compiled at first use, kept for the user alone', async () => {
  await using scratch = await makeScratch()
  const caches = scratch.path('caches')
  const first = await skeleton(caches)
  expect(first).toMatchObject({ exitCode: 0, stderr: '' })
  expect(JSON.parse(first.stdout)).toHaveProperty('maxResults')

  const [folder, ...others] = await readdir(join(caches, 'berth'))
  expect(folder).toMatch(new RegExp(`^${process.version}-${process.arch}-[0-9a-f]{16}$`))
  expect(others).toEqual([])
  const kept = join(caches, 'berth', folder ?? '')
  for (const path of [caches, join(caches, 'berth'), kept]) expect((await stat(path)).mode & 0o777, path).toBe(0o700)
  const files = await readdir(kept)
  expect(files).toContain('program.js.code')
  for (const file of files) expect(file).toMatch(/\.js\.code$/)

  // What V8 takes is not written again, so that what it is told can be seen by what it leaves alone.
  const written = async () => (await stat(join(kept, 'program.js.code'))).ino
  const before = await written()
  expect((await stat(join(kept, 'program.js.code'))).mode & 0o777).toBe(0o600)
  expect(await skeleton(caches)).toEqual(first)
  expect(await written()).toBe(before)

  // Code that is of no use is made anew.
  await writeFile(join(kept, 'program.js.code'), 'nonsense')
  expect(await skeleton(caches)).toEqual(first)
  expect((await readFile(join(kept, 'program.js.code'))).length).toBeGreaterThan(1000)
})

it('keeps nothing for another program, and nothing that was made long ago', async () => {
  await using scratch = await makeScratch()
  const caches = scratch.path('caches')
  const other = scratch.path('dist')
  await cp(dirname(BERTH), other, { recursive: true })
  const text = await readFile(BERTH, 'utf8')
  const build = /[0-9a-f]{16}/.exec(text)?.[0] ?? ''
  await writeFile(join(other, 'berth.js'), text.replace(build, '0123456789abcdef'))

  await mkdir(join(caches, 'berth/v20.0.0-x64-0'), { recursive: true, mode: 0o700 })
  await copyFile(BERTH, join(caches, 'berth/v20.0.0-x64-0/program.js.code'))
  const longAgo = new Date(Date.now() - 31 * 24 * 3600 * 1000)
  await utimes(join(caches, 'berth/v20.0.0-x64-0'), longAgo, longAgo)

  for (const program of [BERTH, join(other, 'berth.js')]) {
    expect(await skeleton(caches, program)).toMatchObject({ exitCode: 0, stderr: '' })
  }
  const names = [build, '0123456789abcdef'].map(hash => `${process.version}-${process.arch}-${hash}`)
  expect((await readdir(join(caches, 'berth'))).sort()).toEqual(names.sort())
})
