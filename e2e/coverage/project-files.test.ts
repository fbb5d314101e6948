import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'

const root = fileURLToPath(new URL('../../', import.meta.url))
const read = (path: string) => readFileSync(root + path, 'utf8')

describe('the project', () => {
  it('says in its changelog which steps of the tables must not run beside older servers', () => {
    const upgrading = read('docs/upgrading.md')
    const told = /Of the steps so far those are ([\d, and\s]+);/.exec(upgrading)?.[1]?.match(/\d{4}/g)
    expect(told).toHaveLength(3)
    const unreleased = /### Stop first\n([\s\S]*?)\n###/.exec(read('CHANGELOG.md'))?.[1] ?? ''
    expect(unreleased.match(/\b\d{4}\b/g)).toEqual(told)
    const steps = readdirSync(`${root}packages/server/src/adapters/metadata-sql/migrations`, {
      recursive: true,
      encoding: 'utf8',
    })
    for (const step of told ?? []) expect(steps.some(file => basename(file).startsWith(step))).toBe(true)
  })

  it('says everywhere which Node it needs, and which is best', () => {
    const packages = ['', 'packages/model/', 'packages/lifecycle/', 'packages/server/', 'packages/cli/']
    for (const folder of packages) {
      expect(JSON.parse(read(`${folder}package.json`)).engines, folder).toEqual({ node: '>=20.19' })
    }
    expect(read('.nvmrc').trim()).toBe('24')
    for (const page of ['README.md', 'packages/server/README.md', 'packages/cli/README.md']) {
      expect(read(page), page).toContain('Node 20.19 or newer (24 is best)')
    }
    // CI installs the packages on the floor itself, and on the newest of the lines above.
    expect(read('.ci/run')).toMatch(/^readonly OTHER_NODES=\(20\.19\.0 22\.\d+\.\d+ 24\.\d+\.\d+\)$/m)
  })

  it('numbers its decisions in one row, as they say themselves', () => {
    const files = readdirSync(`${root}docs/decisions`).sort()
    expect(files.map(file => Number(file.slice(0, 4)))).toEqual(files.map((_, index) => index + 1))
    for (const file of files) {
      expect(read(`docs/decisions/${file}`), file).toMatch(new RegExp(`^# ${Number(file.slice(0, 4))}\\. `))
    }
  })

  it('links to files and headings that are there, and to decisions by their numbers', () => {
    const folders = ['.', 'docs', 'docs/decisions', 'e2e']
    const pages = folders.flatMap(folder => readdirSync(root + folder).map(name => join(folder, name)))
    const packages = ['server', 'cli'].map(name => `packages/${name}/README.md`)
    const wrong = [...pages.filter(path => path.endsWith('.md')), ...packages].flatMap(page =>
      linksOf(read(page)).flatMap(({ text, target }) => {
        const [path = '', heading] = target.split('#')
        const file = path === '' ? page : join(dirname(page), path)
        const [, number] = /^decisions? (\d+)$/.exec(text) ?? []
        const isThere =
          existsSync(root + file) &&
          (heading === undefined || headingsOf(read(file)).includes(heading)) &&
          (number === undefined || Number(basename(path).slice(0, 4)) === Number(number))
        return isThere ? [] : [`${page}: [${text}](${target})`]
      }),
    )
    expect(wrong).toEqual([])
  })

  it('invents nothing that its owner has to give', () => {
    const owner: Record<string, unknown> = JSON.parse(read('owner.json'))
    expect(Object.keys(owner)).toEqual(['scope', 'repository', 'securityContact', 'authors'])
    for (const folder of ['model', 'lifecycle', 'server', 'cli']) {
      const { name, license } = JSON.parse(read(`packages/${folder}/package.json`))
      expect(name).toBe(`${owner['scope']}/${folder}`)
      expect(license).toBe('Apache-2.0')
    }
    expect(read('LICENSE')).toContain('Version 2.0, January 2004')
  })
})

/** The links of a page to what is in the project. */
const linksOf = (page: string) =>
  Array.from(page.matchAll(/\[([^\]]*)\]\((?!https?:|mailto:)([^)\s]+)\)/g), ([, text = '', target = '']) => ({
    text,
    target,
  }))

/** What the headings of a page are called in links to them. */
const headingsOf = (page: string) =>
  Array.from(page.matchAll(/^#+ (.*)$/gm), ([, heading = '']) =>
    heading
      .toLowerCase()
      .replaceAll(/[^\w\- ]/g, '')
      .replaceAll(' ', '-'),
  )
