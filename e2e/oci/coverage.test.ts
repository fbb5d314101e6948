import { readdirSync, readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'

interface Requirement {
  readonly id: string
  readonly level: string
  readonly endpoint: string
  readonly text: string
  readonly file: string
}

const here = new URL('.', import.meta.url)
const ROW = /^\| ([a-z0-9]+-\d+) \| (\w+) \| ([\w-]+) \| (.+) \| ([\w-]+) \|$/gm
const TEST = /^\s*test\(\s*(['`])(.*?)\1,/gms
const SELF = 'coverage'

const requirements = Array.from(
  readFileSync(new URL('../../docs/COVERAGE.md', here), 'utf8').matchAll(ROW),
  ([, id = '', level = '', endpoint = '', text = '', file = '']): Requirement => ({ id, level, endpoint, text, file }),
)

/** The names of a file's tests, up to the first value that a template fills in. */
const testNames = new Map<string, string[]>()
for (const entry of readdirSync(here)) {
  const file = /^(.+)\.test\.ts$/.exec(entry)?.[1]
  if (file === undefined || file === SELF) continue
  const source = readFileSync(new URL(entry, here), 'utf8')
  testNames.set(
    file,
    Array.from(source.matchAll(TEST), ([, , name = '']) => name.replace(/\$\{.*/s, '')),
  )
}

const proves = (name: string, { text }: Requirement): boolean => name.startsWith(text)

describe('docs/COVERAGE.md', () => {
  test('has ids that are unique and counted without gaps', () => {
    const counts = new Map<string, number>()
    for (const { id } of requirements) {
      const [group = '', number = ''] = id.split('-')
      const count = (counts.get(group) ?? 0) + 1
      counts.set(group, count)
      expect(number, id).toBe(String(count))
    }
    expect(requirements.length).toBeGreaterThan(100)
  })

  test('lists a test that exists for every requirement', () => {
    const unproved = requirements.filter(one => !(testNames.get(one.file) ?? []).some(name => proves(name, one)))
    expect(unproved.map(({ id, text }) => `${id}: ${text}`)).toEqual([])
  })

  test('lists a requirement for every test', () => {
    const unlisted = [...testNames].flatMap(([file, names]) =>
      names
        .filter(name => !requirements.some(one => one.file === file && proves(name, one)))
        .map(name => `${file}: ${name}`),
    )
    expect(unlisted).toEqual([])
  })

  test('covers every endpoint of the specification', () => {
    const endpoints = [
      ...['end-1', 'end-2', 'end-3', 'end-4a', 'end-4b', 'end-4c', 'end-5', 'end-6', 'end-7a', 'end-7b', 'end-8a'],
      ...['end-8b', 'end-9', 'end-10', 'end-11', 'end-12a', 'end-12b', 'end-13', 'end-14'],
    ]
    const listed = new Set(requirements.map(({ endpoint }) => endpoint))
    expect(endpoints.filter(endpoint => !listed.has(endpoint))).toEqual([])
  })

  test('uses the levels it explains', () => {
    expect([...new Set(requirements.map(({ level }) => level))].toSorted()).toEqual(['MAY', 'MUST', 'SHOULD', 'own'])
  })
})
