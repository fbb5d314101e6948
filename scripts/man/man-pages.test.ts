import { spawnSync } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { manPages } from './man-pages.ts'
import { toRoff } from './roff.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))
const pages = await manPages()
const hasGroff = spawnSync('groff', ['--version']).status === 0

describe('the manual', () => {
  it('is what the help of today makes, and is shipped with its program (npm run man writes it)', () => {
    for (const name of ['cli', 'server']) {
      const folder = `packages/${name}/man`
      const files = readdirSync(join(root, folder)).map(file => `${folder}/${file}`)
      expect(files.sort()).toEqual([...pages.keys()].filter(path => path.startsWith(`${folder}/`)).sort())
      const { man, files: shipped } = JSON.parse(readFileSync(join(root, `packages/${name}/package.json`), 'utf8'))
      expect(man.toSorted()).toEqual(files.map(file => `./man/${file.split('/').at(-1)}`))
      expect(shipped).toContain('man')
    }
    for (const [path, text] of pages) expect(readFileSync(join(root, path), 'utf8'), path).toBe(text)
  })

  // Debian's man-db brings groff-base.
  it.skipIf(!hasGroff && process.env['CI'] !== 'true').each([...pages.keys()])('is read by groff: %s', path => {
    const { status, stderr, stdout } = spawnSync('groff', ['-man', '-Tutf8', '-ww', '-rLL=100n'], {
      input: pages.get(path),
      encoding: 'utf8',
    })
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' })
    expect(stdout.length).toBeGreaterThan(500)
  })
})

describe('toRoff', () => {
  it('leaves nothing of a text to be taken for a request', () => {
    const blocks = ['.SH', "'br", '\\fBx', '–'].map(text => ({ kind: 'literal' as const, text, level: 0 }))
    const roff = toRoff(
      {
        name: 'x',
        summary: 'y',
        sections: [{ heading: 'A "B"', paragraphs: [blocks, [{ kind: 'text', text: 'a `b-c` d', level: 1 }]] }],
      },
      '1',
    )
    expect(roff).toContain('.SH "A \\(dqB\\(dq"\n')
    expect(roff).toContain('\n\\&.SH\n')
    expect(roff).toContain('\n\\(aqbr\n')
    expect(roff).toContain('\n\\efBx\n')
    expect(roff).toContain('\n\\[u2013]\n')
    expect(roff).toContain('\na \\fBb\\-c\\fR d\n')
  })
})
