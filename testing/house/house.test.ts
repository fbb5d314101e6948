import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { EXCEPTIONS } from './exceptions.ts'
import type { SourceFile } from './files.ts'
import { isProduct } from './files.ts'
import { circles, importGraph } from './imports.ts'
import { judge } from './judge.ts'
import { longFunctions } from './long-functions.ts'
import { crowdedFolders, dependent, inspect, longFiles, spreadLiterals, wideComments } from './rules.ts'

const file = (path: string, text: string): SourceFile => ({ path, text })
const names = (found: readonly SourceFile[]) => circles(importGraph(found))

it('tells which of the files that must stand alone do not, and which are gone', () => {
  const graph = importGraph([
    file('x/alone.ts', "import { join } from 'node:path'"),
    file('x/leans.ts', "import type { A } from './alone.ts'"),
  ])
  expect(dependent(graph, ['x/alone.ts', 'x/leans.ts', 'x/gone.ts'])).toEqual(['x/leans.ts', 'x/gone.ts'])
})

describe('circles of imports', () => {
  it('are found by values, by types, by re-exports and by what is loaded late', () => {
    for (const back of [
      "import { a } from './a.ts'",
      "import type { A } from './a.ts'",
      "export { a } from './a.ts'",
      "const { a } = await import('./a.ts')",
      "import './a.js'",
    ])
      expect(names([file('x/a.ts', "import { b } from './b.ts'"), file('x/b.ts', back)]), back).toEqual([
        ['x/a.ts', 'x/b.ts'],
      ])
  })

  it('are found across folders and packages, each with all of its files', () => {
    const found = names([
      file('packages/model/src/index.ts', "export * from './shape.ts'"),
      file('packages/model/src/shape.ts', "import { rules } from '@berth/lifecycle'"),
      file('packages/lifecycle/src/index.ts', "import '@berth/model'"),
      file('packages/cli/src/main.ts', "import '@berth/model'"),
      file('e2e/one.ts', "import './support/two.ts'"),
      file('e2e/support/two.ts', "import '../one.ts'"),
    ])
    expect(found).toEqual([
      ['packages/lifecycle/src/index.ts', 'packages/model/src/index.ts', 'packages/model/src/shape.ts'],
      ['e2e/one.ts', 'e2e/support/two.ts'],
    ])
  })

  it('are not seen where two ways lead to one file', () => {
    const diamond = ['b', 'c'].map(name => file(`${name}.ts`, "import './d.ts'"))
    expect(names([file('a.ts', "import './b.ts'\nimport './c.ts'"), ...diamond, file('d.ts', '')])).toEqual([])
  })
})

it('a function is long by its lines, whatever kind it is', () => {
  const body = (lines: number) => '  work()\n'.repeat(lines)
  const text = `export function declared() {
${body(61)}}
export const arrow = () => {
${body(61)}}
class A {
  async method() {
${body(61)}  }
}
export function short() {
${body(60)}}
`
  const folder = mkdtempSync(join(tmpdir(), 'berth-house-'))
  try {
    writeFileSync(join(folder, 'a.ts'), text)
    expect(longFunctions(folder, [file('a.ts', text)], 60)).toEqual(['a.ts: declared', 'a.ts: arrow', 'a.ts: method'])
  } finally {
    rmSync(folder, { recursive: true })
  }
})

it('a file may have 300 lines, a folder 20 files, and a comment 120 columns', () => {
  expect(longFiles([file('a.ts', 'x\n'.repeat(300)), file('b.ts', 'x\n'.repeat(301))])).toEqual(['b.ts'])
  const row = (folder: string, count: number) => Array.from({ length: count }, (_, n) => file(`${folder}/${n}.ts`, ''))
  expect(crowdedFolders([...row('many', 21), ...row('few', 20)])).toEqual(['many'])
  const comment = (columns: number) => `// ${'word '.repeat(40)}`.slice(0, columns)
  expect(
    wideComments([file('a.ts', comment(120)), file('b.ts', comment(121)), file('c.ts', ` * ${comment(130)}`)]),
  ).toEqual(['b.ts', 'c.ts'])
})

it('members of a literal stand in it, and are not spread from one of their own', () => {
  const texts = ['{ ...{ a, b }, c }', '{ ...{ a: 1 }, c }', "[...['a', 'b'], c]", '{ ...(a && { b }), ...c, ...d() }']
  expect(spreadLiterals(texts.map((text, at) => file(`${at}.ts`, text)))).toEqual(['0.ts', '1.ts', '2.ts'])
})

it('product code is the sources without what serves tests', () => {
  const paths = ['a.ts', 'a.test.ts', 'a.contract.ts', 'a.arbitrary.ts', 'testing/a.ts', 'x/testing/y/a.ts']
  expect(paths.filter(path => isProduct(`packages/server/src/${path}`))).toEqual(['a.ts'])
  expect(isProduct('e2e/support/run.ts')).toBe(false)
})

it('an exception allows what it names, and is told of once it is not needed', () => {
  const exceptions = { 'too long': [{ why: 'a table', subjects: ['a.ts', 'gone.ts'] }] }
  expect(judge({ 'too long': ['a.ts', 'b.ts'] }, exceptions)).toEqual({
    broken: ['too long: b.ts'],
    unneeded: ['too long: gone.ts'],
  })
})

it('this project keeps its rules, and every exception is needed', () => {
  expect(judge(inspect(fileURLToPath(new URL('../..', import.meta.url))), EXCEPTIONS)).toEqual({
    broken: [],
    unneeded: [],
  })
})
