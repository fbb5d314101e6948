import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { SourceFile } from './files.ts'

const BIOME = fileURLToPath(new URL('../../node_modules/@biomejs/biome/bin/biome', import.meta.url))
const RULE = 'noExcessiveLinesPerFunction'

interface Report {
  readonly diagnostics: readonly {
    readonly category: string
    readonly location: { readonly path: string; readonly start: { readonly line: number } }
  }[]
}

/** The functions of more lines than that, as `path: name`. Biome parses the files; it is run with this rule alone. */
export function longFunctions(root: string, files: readonly SourceFile[], maxLines: number): string[] {
  const config = mkdtempSync(join(tmpdir(), 'berth-house-'))
  try {
    const rules = { preset: 'none', complexity: { [RULE]: { level: 'error', options: { maxLines } } } }
    writeFileSync(join(config, 'biome.json'), JSON.stringify({ root: true, linter: { rules } }))
    const options = [`--config-path=${config}`, '--reporter=json', '--max-diagnostics=none']
    const { stdout, stderr, status } = spawnSync(
      process.execPath,
      [BIOME, 'lint', ...options, ...files.map(({ path }) => path)],
      { cwd: root, encoding: 'utf8', maxBuffer: 64 * 1024 * 1024 },
    )
    if (!stdout.startsWith('{')) throw new Error(`biome ended with ${status}: ${stderr}`)
    const text = new Map(files.map(file => [file.path, file.text]))
    return (JSON.parse(stdout) as Report).diagnostics
      .filter(({ category }) => category.endsWith(RULE))
      .map(({ location }) => `${location.path}: ${nameAt(text.get(location.path) ?? '', location.start.line)}`)
  } finally {
    rmSync(config, { recursive: true })
  }
}

/** The name of the function that begins at a line; the line itself where it has none. */
function nameAt(text: string, line: number): string {
  const code = text.split('\n')[line - 1]?.trim() ?? ''
  return (
    /(?:function\*?|const|let)\s+(\w+)/.exec(code)?.[1] ??
    /^(?:(?:async|static|get|set)\s+)*([#\w]+)\s*[(<]/.exec(code)?.[1] ??
    code
  )
}
