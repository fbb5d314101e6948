import { readdirSync, readFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import { VERSION } from './version.ts'

const root = new URL('../../../../', import.meta.url)
const packages = readdirSync(new URL('packages', root)).map(name => `packages/${name}/`)

interface Manifest {
  readonly version: string
  readonly dependencies?: Readonly<Record<string, string>>
  readonly devDependencies?: Readonly<Record<string, string>>
}

it.each(['', ...packages])('is the version of %spackage.json, and what it asks of the others', folder => {
  const text = readFileSync(new URL(`${folder}package.json`, root), 'utf8')
  const { version, dependencies, devDependencies }: Manifest = JSON.parse(text)
  expect(version).toBe(VERSION)
  for (const [name, wanted] of Object.entries({ ...dependencies, ...devDependencies }))
    if (name.startsWith('@berth/')) expect(wanted).toBe(VERSION)
})

it('is the version that the command line tells', () => {
  expect(packages.length).toBeGreaterThan(3)
  expect(readFileSync(new URL('packages/cli/src/version.ts', root), 'utf8')).toContain(`version = '${VERSION}'`)
})
