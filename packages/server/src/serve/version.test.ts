import { readFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import { VERSION } from './version.ts'

it.each(['../../../../', '../../../model/', '../../', '../../../cli/'])('is the version of %spackage.json', folder => {
  const { version, dependencies = {} } = JSON.parse(
    readFileSync(new URL(`${folder}package.json`, import.meta.url), 'utf8'),
  ) as { version: string; dependencies?: Record<string, string> }
  expect(version).toBe(VERSION)
  for (const [name, wanted] of Object.entries(dependencies))
    if (name.startsWith('@berth/')) expect(wanted).toBe(VERSION)
})
