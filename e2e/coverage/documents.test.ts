import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'

const root = fileURLToPath(new URL('../../', import.meta.url))
const read = (path: string) => readFileSync(root + path, 'utf8')
const filesOf = (folder: string, pattern: RegExp) =>
  readdirSync(root + folder, { recursive: true, encoding: 'utf8' })
    .filter(file => pattern.test(file) && !/(?:^|\/)(?:dist|node_modules)\//.test(file))
    .map(file => `${folder}/${file}`)

const pages = [
  ...['README.md', 'CONTRIBUTING.md', 'SECURITY.md', 'packages/server/README.md', 'packages/cli/README.md'],
  ...filesOf('docs', /\.md$/),
]

/** The text of a page that is marked as code. */
const codeOf = (page: string) =>
  Array.from(read(page).matchAll(/`([^`\n]+)`|^ *```\w+\n([\s\S]+?)^ *```$/gm), ([, inline, block]) => inline ?? block)

/** What a pattern finds in the code of all pages and is not known, with its page. */
const unknown = (pattern: RegExp, isKnown: (name: string) => boolean) =>
  pages.flatMap(page => {
    const names = codeOf(page).flatMap(code => Array.from(code?.matchAll(pattern) ?? [], ([, name = '']) => name))
    return [...new Set(names)].filter(name => !isKnown(name)).map(name => `${page}: ${name}`)
  })

const FLAG = /(?<![\w-])(--[a-z][a-z0-9-]*[a-z0-9])/g

/** What help and the manual tell of both programs, and what scripts and the gallery's style have of their own. */
const ours = [
  ...filesOf('packages/server/man', /\.1$/),
  ...filesOf('packages/cli/man', /\.1$/),
  ...filesOf('e2e/recorded/texts', /\.txt$/),
  ...filesOf('scripts', /\.m?[jt]s$/),
  ...filesOf('packages/server/src/http/gallery', /\.css\.ts$/),
]
  .map(read)
  .join('\n')
  .replaceAll('\\-', '-')

/** Flags of other programs that pages tell to use. */
const OTHERS = new Set([
  ...['--cap-drop', '--detach', '--env', '--publish', '--read-only', '--security-opt', '--stop-timeout'], // docker
  ...['--tmpfs', '--volume'],
  ...['--data-binary', '--dump-header'], // curl
  ...['--global', '--project', '--kills', '--seed'], // npm, vitest, npm run stress
  ...['--option', '--format', '--bin'], // any option; buildah's; a bench of a decision
])

describe('what the pages name', () => {
  it('is code that says what it is', () => {
    const bare = pages.filter(page => fencesOf(page).some(([opening]) => opening === ''))
    expect(bare).toEqual([])
  })

  it('is a flag that a program has', () => {
    const flags = new Set(ours.match(FLAG))
    expect(flags.size).toBeGreaterThan(100)
    expect(unknown(FLAG, flag => flags.has(flag) || OTHERS.has(flag))).toEqual([])
  })

  it('is a variable, a metric and a script that is there', () => {
    const sources = [...filesOf('packages', /\.ts$/), ...filesOf('scripts', /\.m?[jt]s$/), ...filesOf('e2e', /\.ts$/)]
      .map(read)
      .join('\n')
    const help = read('e2e/recorded/texts/berthd.txt')
    expect(unknown(/\b(BERTH_[A-Z_]*[A-Z])\b/g, name => new RegExp(`\\b${name}\\b`).test(help + sources))).toEqual([])
    expect(unknown(/\b(berth_[a-z_]*[a-z])\b/g, name => new RegExp(`\\b${name}\\b`).test(sources))).toEqual([])
    const { scripts } = JSON.parse(read('package.json')) as { scripts: Record<string, string> }
    expect(unknown(/\bnpm run ([a-z][\w:]*)/g, name => Object.hasOwn(scripts, name))).toEqual([])
  })

  it('is a file that is there', () => {
    const path = /(?<![\w/.-])((?:packages|e2e|testing|scripts|bench|packaging|docs)\/[\w./-]*\w)/g
    expect(unknown(path, name => existsSync(root + name) || name.includes('/TEST.'))).toEqual([])
  })
})

/** The word behind the opening of each block, and the lines of the block. */
function fencesOf(page: string): [opening: string, lines: readonly string[]][] {
  const fences: [string, string[]][] = []
  let isOpen = false
  for (const line of read(page).split('\n')) {
    const [, word] = /^ *```(.*)$/.exec(line) ?? []
    if (word !== undefined && !isOpen) fences.push([word, []])
    else if (word === undefined && isOpen) fences.at(-1)?.[1].push(line)
    if (word !== undefined) isOpen = !isOpen
  }
  return fences
}
