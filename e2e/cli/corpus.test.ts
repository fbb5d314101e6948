/**
 * The recorded cases of the original command line, replayed against the bundle for Node and against the executable.
 * The recordings lie beside the checkout, not in it; what berth does otherwise on purpose is listed in
 * docs/cli-differences.md, case by case.
 */
import { execFileSync, spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

const root = fileURLToPath(new URL('../..', import.meta.url))
const folder = ['../shared/cli', '../../shared/cli'].map(path => join(root, path)).find(existsSync)
const reason = folder === undefined ? ' (skipped: the recordings are not beside the checkout)' : ''

/** More than there are cores: many of the cases wait for a retry or a timeout. */
const JOBS = '4'

type Result = { readonly id: string; readonly ok: boolean; readonly strict_ok: boolean; readonly diffs: string[] }

/** The two forms that the command line is shipped in, as words of a shell. */
const programs = {
  'the bundle': `'${process.execPath}' '${join(root, 'packages/cli/dist/berth.js')}'`,
  'the executable': `'${join(root, 'packages/cli/dist/berth')}'`,
} as const

const suite = describe.skipIf(folder === undefined).each(Object.entries(programs))

suite(`the recorded cases, by %s${reason}`, (name, bin) => {
  const scratch = mkdtempSync(join(tmpdir(), 'berth-corpus-'))
  let results: readonly Result[] = []

  beforeAll(() => {
    if (name === 'the executable') execFileSync(process.execPath, [join(root, 'scripts/build-binary.mjs')])
    const report = join(scratch, 'report.json')
    spawnSync(
      'python3',
      [
        join(folder ?? '', 'replay.py'),
        ...['--bin', bin, '--name', 'berth', '--completer', `${bin} completion candidates`],
        ...['--json-out', report, '--jobs', JOBS],
        join(folder ?? '', 'corpus.jsonl'),
      ],
      { stdio: 'ignore' },
    )
    results = JSON.parse(readFileSync(report, 'utf8'))
  }, 600_000)
  afterAll(() => rmSync(scratch, { recursive: true, force: true }))

  it('are all there', () => {
    expect(results.length).toBeGreaterThan(800)
  })

  it('pass, but for the differences we chose', () => {
    const chosen = differences('behaves')
    const failed = results.filter(({ id, ok }) => !ok && !chosen(id))
    expect(failed.map(({ id, diffs }) => [id, ...diffs].join('\n'))).toEqual([])
  })

  it('are equal to the byte, but for the differences we chose', () => {
    const [behaviour, words] = [differences('behaves'), differences('words')]
    const different = results.filter(({ id, strict_ok }) => !strict_ok && !behaviour(id) && !words(id))
    expect(different.map(({ id }) => id)).toEqual([])
  })
})

/** Which cases the tables of the document name, by its two headings; `*` stands for anything. */
function differences(heading: 'behaves' | 'words'): (id: string) => boolean {
  const document = readFileSync(join(root, 'docs/cli-differences.md'), 'utf8')
  const section = document.split(/^## /m).find(part => part.toLowerCase().includes(heading)) ?? ''
  const patterns = [...section.matchAll(/`([a-z-]+\/[\w*-]+)`/g)].map(
    ([, id = '']) => new RegExp(`^${id.replaceAll('*', '.*')}$`),
  )
  return id => patterns.some(pattern => pattern.test(id))
}
