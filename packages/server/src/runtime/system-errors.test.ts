import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { mkdir } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { makeFolder } from '../storage/make-folder.ts'
import { readText, wordsOfSystem } from './system-errors.ts'

const folder = mkdtempSync(join(tmpdir(), 'berth-words-'))
afterAll(() => rmSync(folder, { recursive: true }))
writeFileSync(join(folder, 'file'), '')

const said = (work: () => unknown) => {
  try {
    work()
    return undefined
  } catch (error) {
    return wordsOfSystem(error)
  }
}
const refusal = (code: string, path?: string) =>
  Object.assign(new Error(`${code}: what it means, open 'x'`), { code, syscall: 'open', ...(path && { path }) })

describe('wordsOfSystem', () => {
  it('says what the system refused, and of what', () => {
    expect(said(() => readText(join(folder, 'none')))).toBe(`${folder}/none is not there.`)
    expect(said(() => readText(folder))).toBe(`${folder} is a folder, and no file.`)
    expect(said(() => readFileSync(join(folder, 'file/a/b')))).toBe(`${folder}/file is a file, and no folder.`)
    expect(said(() => mkdirSync('/proc/berth'))).toBe('/proc/berth cannot be made there.')
  })

  it('names whoever has no permission, and whose it is', () => {
    const words = wordsOfSystem(refusal('EACCES', '/etc/no/such'))
    expect(words).toMatch(/^The user ".+" has no permission to use \/etc\/no\/such, which belongs to "root"\. Run /)
  })

  it('is a sentence for whatever has a code, and nothing for other errors', () => {
    for (const code of ['ENOSPC', 'EROFS', 'EMFILE', 'EIO', 'EWHATEVER', 'constructor'])
      for (const path of ['/x', undefined]) expect(wordsOfSystem(refusal(code, path))).toMatch(/^[A-Z/].*[^.]\.$/)
    expect(wordsOfSystem(new Error('a fault'))).toBeUndefined()
    expect(wordsOfSystem('text')).toBeUndefined()
  })
})

describe('makeFolder', () => {
  it('makes a folder with those above it, and tells which was the first', async () => {
    expect(await makeFolder(join(folder, 'a/b/c'))).toBe(join(folder, 'a'))
    expect(await makeFolder(join(folder, 'a/b/d'))).toBe(join(folder, 'a/b/d'))
    expect(await makeFolder(join(folder, 'a/b/d'))).toBeUndefined()
    await mkdir(join(folder, 'a/b/d/e'))
  })

  it('ends where none can be made', async () => {
    await expect(makeFolder('/proc/berth/data')).rejects.toMatchObject({ code: 'ENOENT', path: '/proc/berth' })
    for (const path of ['file', 'file/data'])
      await expect(makeFolder(join(folder, path))).rejects.toMatchObject({ code: 'ENOTDIR' })
  })
})
