import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { thirdPartyNotices } from '../../scripts/notices.mjs'
import { makeFolders } from '../../scripts/pack/folders.mjs'
import { missingValues } from '../../scripts/pack/owner.mjs'
import { makeScratch } from '../support/scratch.ts'

describe('what the owner says', () => {
  it('stands in every package, in the place of the names of the workspace', async () => {
    await using scratch = await makeScratch()
    const repository = 'https://git.example.org/berth.git'
    const owner = { scope: '@example', repository, securityContact: null, authors: 'Some People' }
    expect(missingValues(owner)).toEqual(['securityContact'])
    const folders = makeFolders(scratch.path('packages'), owner)
    expect(folders.slice(-2)).toEqual(['server', 'cli'])
    expect(folders.filter(name => name.startsWith('sqlite-linux-x64')).sort()).toEqual([
      'sqlite-linux-x64',
      'sqlite-linux-x64-musl',
    ])
    for (const name of folders) {
      const content = JSON.parse(await readFile(scratch.path('packages', name, 'package.json'), 'utf8'))
      expect(content).toMatchObject({
        name: `@example/${name}`,
        author: 'Some People',
        repository: { type: 'git', url: repository },
        publishConfig: { access: 'public' },
      })
      const readme = await readFile(scratch.path('packages', name, 'README.md'), 'utf8')
      expect(readme).not.toContain('@berth/')
    }
    const server = JSON.parse(await readFile(scratch.path('packages/server/package.json'), 'utf8'))
    expect(Object.keys(server.optionalDependencies)).toEqual(folders.slice(0, -2).map(name => `@example/${name}`))
    expect(server.bundleDependencies.sort()).toEqual(['@berth/lifecycle', '@berth/model'])
    expect(await readdir(scratch.path('packages/server/node_modules/@berth/model'))).toContain('dist')
  })
})

describe('the notices of a bundle', () => {
  const bundled = (paths: readonly string[]) => [
    { outputs: { 'out.js': { inputs: Object.fromEntries(paths.map(path => [path, { bytesInOutput: 1 }])) } } },
  ]

  it('name each package once, with its licence and its own notices, and one text for all that share it', async () => {
    await using scratch = await makeScratch()
    const add = async (name: string, license: string, files: Record<string, string>) => {
      const folder = scratch.path('node_modules', name)
      await mkdir(folder, { recursive: true })
      await writeFile(join(folder, 'package.json'), JSON.stringify({ name, version: '1.2.3', license }))
      for (const [file, text] of Object.entries(files)) await writeFile(join(folder, file), text)
    }
    await add('@a/one', 'MIT', { LICENSE: 'Do as you like.\n' })
    await add('two', 'MIT', { 'license.md': 'Do as you like.', NOTICE: 'Two is by somebody.' })
    await add('three', 'Apache-2.0', {})
    await add('unused', 'MIT', { LICENSE: 'Unused.' })
    await add('silent', 'MIT', {})
    const used = ['src/own.ts', 'node_modules/@a/one/a.js', 'node_modules/@a/one/b.js', 'node_modules/two/index.js']
    const folder = scratch.path()
    const metafiles = bundled([...used, 'node_modules/three/x.js'])
    const text = thirdPartyNotices('berth', { metafiles, folder, apache: 'The Apache License' })
    expect(text).toContain('  @a/one 1.2.3 (MIT)\n  three 1.2.3 (Apache-2.0)\n  two 1.2.3 (MIT)\n')
    expect(text).toContain('@a/one 1.2.3\ntwo 1.2.3\n\nDo as you like.\n')
    for (const once of ['Do as you like.', 'Two is by somebody.', 'The Apache License']) {
      expect(text.split(once)).toHaveLength(2)
    }
    expect(text).not.toContain('Unused')
    const silent = { metafiles: bundled(['node_modules/silent/index.js']), folder, apache: '' }
    expect(() => thirdPartyNotices('berth', silent)).toThrow('silent 1.2.3 (MIT) brings no licence text to pass on')
  })
})
