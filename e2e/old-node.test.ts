import { readFile, writeFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { transform } from 'esbuild'
import { describe, expect, it } from 'vitest'
import { run } from './support/run.ts'
import { makeScratch } from './support/scratch.ts'

const packages = fileURLToPath(new URL('../packages/', import.meta.url))

describe.each([
  ['berthd', 'server'],
  ['berth', 'cli'],
])('%s', (program, folder) => {
  const file = `${packages}${folder}/dist/${program}.js`

  it('tells a Node that is too old what it needs, before it loads anything else', async () => {
    const { engines } = JSON.parse(await readFile(`${packages}${folder}/package.json`, 'utf8'))
    const floor = engines.node.replace('>=', '')
    const [major, minor] = floor.split('.').map(Number)
    await using scratch = await makeScratch()
    const onNode = async (version: string) => {
      const pretend = `Object.defineProperty(process, 'versions', { value: { ...process.versions, node: '${version}' } })
        process.on('exit', () => console.log(Object.keys(require.cache).length > 2 ? 'loaded' : 'not loaded'))`
      await writeFile(scratch.path('pretend.cjs'), pretend)
      return run(process.execPath, ['--require', scratch.path('pretend.cjs'), file, 'version'])
    }
    for (const version of [`${major}.${minor - 1}.9`, `${major - 2}.20.8`, '10.24.1'])
      expect(await onNode(version)).toEqual({
        exitCode: 1,
        stdout: expect.stringMatching(/^not loaded\s*$/),
        stderr: `${program} needs Node.js ${floor} or newer, and ${process.execPath} is ${version}.\n`,
      })
    for (const version of [`${floor}.0`, `${major + 1}.0.0`])
      expect((await onNode(version)).stderr).not.toContain('needs')
  })

  it('begins with what Node 10 can read', async () => {
    const text = await readFile(file, 'utf8')
    const written = (target: string) => transform(text, { target, supported: { 'dynamic-import': true } })
    expect((await written('node10')).code).toBe((await written('esnext')).code)
    expect(text).not.toMatch(/^(?:import|export)\b/m)
  })
})
