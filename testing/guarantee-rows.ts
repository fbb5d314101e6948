import { readdirSync, readFileSync } from 'node:fs'

/** A row of a document that names the test which proves it: the file, and words of the test's name. */
export interface GuaranteeRow {
  readonly document: string
  readonly file: string
  readonly words: string
}

const ROW = /^\| .+ \| `([^`]+\.(?:test|contract)\.ts)`: (.+) \|$/gm

/** Every such row of every document. */
export function guaranteeRows(root: URL): GuaranteeRow[] {
  const documents = readdirSync(new URL('docs/', root), { recursive: true, encoding: 'utf8' })
  return documents
    .filter(name => name.endsWith('.md'))
    .flatMap(document =>
      Array.from(
        readFileSync(new URL(`docs/${document}`, root), 'utf8').matchAll(ROW),
        ([, file = '', words = '']) => ({ document, file, words }),
      ),
    )
}

/** A test as a run has reported it: its suites and its title, with a blank between them. */
export interface ReportedTest {
  readonly file: string
  readonly name: string
  readonly state: 'passed' | 'failed' | 'skipped' | 'pending'
}

/** The rows that a part of all tests can prove: of the files that it ran, and of contracts, which packages run. */
export function rowsOf(rows: readonly GuaranteeRow[], tests: readonly ReportedTest[]): GuaranteeRow[] {
  const files = new Set(tests.map(({ file }) => file))
  const hasContracts = tests.some(({ file }) => file.startsWith('packages/'))
  return rows.filter(({ file }) => (file.endsWith('.contract.ts') ? hasContracts : files.has(file)))
}

/** Rows whose test a run has not seen pass. Rows of the long run count in the long run only. */
export function unproven(
  rows: readonly GuaranteeRow[],
  tests: readonly ReportedTest[],
  { isLongRun }: { readonly isLongRun: boolean },
): GuaranteeRow[] {
  const names = new Map<string, string[]>()
  for (const { file, name, state } of tests) if (state === 'passed') names.set(file, [...(names.get(file) ?? []), name])
  return rows
    .filter(({ file }) => isLongRun || !file.includes('.long.'))
    .filter(({ file, words }) => {
      // A contract is run by the tests of each implementation.
      const ran = file.endsWith('.contract.ts') ? [...names.values()].flat() : (names.get(file) ?? [])
      return !ran.some(name => pattern(words).test(name))
    })
}

/** What a title leaves open, such as `%s` and `$when`, stands for anything. */
const pattern = (words: string) =>
  new RegExp(
    words
      .split(/%\w|\$\w+/)
      .map(part => part.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&'))
      .join('.*'),
  )
