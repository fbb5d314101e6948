import { readdirSync, readFileSync } from 'node:fs'
import { basename } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'

const root = fileURLToPath(new URL('../../', import.meta.url))
/** Names that say nothing of what is in a file. */
const EMPTY_NAMES = [
  'rarely',
  'own',
  'rest',
  'tour',
  'first-key',
  'words',
  'misc',
  'util',
  'utils',
  'helpers',
  'common-things',
]

/** Words that berth does not use, from the last column of the page. */
function unusedWords(): Set<string> {
  const rows = readFileSync(`${root}docs/WORDS.md`, 'utf8')
    .split('\n')
    .filter(line => line.startsWith('| '))
  const cells = rows.map(row => row.split('|').map(cell => cell.trim()))
  return new Set(cells.filter(([, word]) => word !== 'Word').flatMap(row => row[4]?.split(', ').filter(Boolean) ?? []))
}

const sources = ['packages', 'testing', 'e2e', 'bench', 'scripts'].flatMap(folder =>
  readdirSync(root + folder, { recursive: true, encoding: 'utf8' })
    .filter(file => /\.(?:ts|mjs|cjs)$/.test(file) && !/(?:^|\/)(?:dist|node_modules)\//.test(file))
    .map(file => `${folder}/${file}`),
)
const wordsOf = (name: string) => name.match(/[A-Z]?[a-z]+|[A-Z]+(?![a-z])/g)?.map(word => word.toLowerCase()) ?? []

describe('the words of the code', () => {
  const unused = unusedWords()

  it('has the words that are not used from the page', () => {
    expect([...unused]).toEqual(expect.arrayContaining(['repo', 'authorise', 'trash', 'knob']))
    expect(sources.length).toBeGreaterThan(500)
  })

  it('are those of the page in every file name and exported name', () => {
    const wrong = sources.flatMap(file => {
      const own = basename(file).replace(/(?:\.\w+)?\.(?:ts|mjs|cjs)$/, '')
      if (EMPTY_NAMES.includes(own)) return [`${file}: says nothing`]
      const names = [own, ...exportsOf(file)]
      return names.flatMap(name =>
        wordsOf(name)
          .filter(word => unused.has(word))
          .map(word => `${file}: ${name} has ${word}`),
      )
    })
    expect(wrong).toEqual([])
  })
})

function exportsOf(file: string): string[] {
  const pattern = /^export (?:declare )?(?:async )?(?:function\*?|const|class|interface|type) (\w+)/gm
  return Array.from(readFileSync(root + file, 'utf8').matchAll(pattern), ([, name = '']) => name)
}
