// npm test: prepares the checkout, checks types and style, and runs every test.
// npm test -- ARGUMENTS: gives the arguments to vitest, and checks nothing else, so that one test takes seconds.
// The last line, `N passed, N failed, N skipped`, is for machines; the exit code is 0 only when all of it passed.

import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { prepare, prepareSources, root } from './prepare.mjs'

const wanted = process.argv.slice(2)
// A long test that is named is meant.
if (wanted.some(word => word.includes('.long.'))) process.env.BERTH_TEST_LONG = '1'
// Unit tests run on the sources; only the others start the built programs.
const unitOnly =
  wanted.length > 0 &&
  wanted.every(word => /^(\.\/)?(packages|testing|scripts)\//.test(word) || word === '--project=unit')
if (unitOnly) prepareSources()
else prepare()
const checked =
  wanted.length > 0
    ? []
    : [
        ...['tsconfig.tests.json', 'scripts', 'bench'].map(project => tool('typescript/bin/tsc', ['-p', project])),
        tool('@biomejs/biome/bin/biome', ['check']),
        tool('knip/bin/knip.js', ['--no-progress']),
      ]

const scratch = mkdtempSync(join(tmpdir(), 'berth-test-'))
try {
  const report = join(scratch, 'report.json')
  const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${report}`]
  // A whole run is held to what the documents promise, and so is each part of the long one.
  if (wanted.length === 0 || process.env.BERTH_TEST_PART === '1')
    reporters.push('--reporter=./testing/guarantee-reporter.ts')
  const tested = tool('vitest/vitest.mjs', ['run', ...reporters, ...wanted])
  if (checked.includes(false)) console.error('\nThe type or style check above has failed.')
  console.log(summary(report))
  process.exitCode = tested && !checked.includes(false) ? 0 : 1
} finally {
  rmSync(scratch, { recursive: true, force: true })
}

/**
 * Runs a development tool with this same Node, and says whether it succeeded.
 *
 * @param {string} path
 * @param {readonly string[]} args
 */
function tool(path, args) {
  const script = join(root, 'node_modules', path)
  return spawnSync(process.execPath, [script, ...args], { cwd: root, stdio: 'inherit' }).status === 0
}

/**
 * The counts of vitest's own report. A file or a hook that failed outside any test counts as one failure.
 *
 * @param {string} report
 */
function summary(report) {
  if (!existsSync(report)) return '0 passed, 1 failed, 0 skipped' // vitest itself did not start
  let passed = 0
  let failed = 0
  let skipped = 0
  /** @type {{ testResults: { status: string, assertionResults: { status: string }[] }[] }} */
  const { testResults } = JSON.parse(readFileSync(report, 'utf8'))
  for (const file of testResults) {
    const count = (/** @type {string} */ status) => file.assertionResults.filter(test => test.status === status).length
    const failures = count('failed')
    passed += count('passed')
    failed += file.status === 'failed' ? Math.max(failures, 1) : failures
    skipped += file.assertionResults.length - count('passed') - failures
  }
  return `${passed} passed, ${failed} failed, ${skipped} skipped`
}
