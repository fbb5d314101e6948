/**
 * The recorded cases of the original command line, replayed against the bundle. The recordings lie beside the
 * checkout, not in it; what berth does otherwise on purpose is listed in docs/cli-differences.md, case by case.
 */
import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

const root = fileURLToPath(new URL('../..', import.meta.url))
const folder = ['../shared/cli', '../../shared/cli'].map(path => join(root, path)).find(existsSync)
const reason = folder === undefined ? ' (skipped: the recordings are not beside the checkout)' : ''

type Result = { readonly id: string; readonly ok: boolean; readonly strict_ok: boolean; readonly diffs: string[] }

describe.skipIf(folder === undefined)(`the recorded cases${reason}`, () => {
  const scratch = mkdtempSync(join(tmpdir(), 'berth-corpus-'))
  let results: readonly Result[] = []

  beforeAll(() => {
    const report = join(scratch, 'report.json')
    const program = join(root, 'packages/cli/dist/berth.js')
    spawnSync(
      'python3',
      [
        join(folder ?? '', 'replay.py'),
        ...['--bin', `'${process.execPath}' '${program}'`, '--name', 'berth', '--json-out', report],
        ...['--completer', `'${process.execPath}' '${program}' completion candidates`],
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
