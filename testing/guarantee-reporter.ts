import { relative } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { Reporter, TestModule, Vitest } from 'vitest/node'
import { guaranteeRows, type ReportedTest, rowsOf, unproven } from './guarantee-rows.ts'
import { isLongRun } from './in-full.ts'

/**
 * Ends a run of all tests with 1 where a document names a test that did not pass: one that is gone, renamed, skipped
 * or to be written. Outside of CI, suites that lack a program are skipped, and the reporter only tells of them. A
 * part of the long run is held to the files that it ran.
 */
export default class GuaranteeReporter implements Reporter {
  #root = ''

  onInit({ config }: Vitest): void {
    this.#root = config.root
  }

  onTestRunEnd(modules: readonly TestModule[]): void {
    const tests = modules.flatMap(module => {
      const file = relative(this.#root, module.moduleId)
      return Array.from(module.children.allTests(), (test): ReportedTest => {
        return { file, name: test.fullName.replaceAll(' > ', ' '), state: test.result().state }
      })
    })
    const rows = guaranteeRows(pathToFileURL(`${this.#root}/`))
    const isPart = process.env['BERTH_TEST_PART'] === '1'
    const missing = unproven(isPart ? rowsOf(rows, tests) : rows, tests, { isLongRun })
    if (missing.length === 0) return
    for (const { document, file, words } of missing)
      console.error(`docs/${document} names a test that did not pass: ${file}: ${words}`)
    if (process.env['CI'] !== undefined) process.exitCode = 1
  }
}
