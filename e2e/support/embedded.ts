import { describe, inject, type TestFunction, test } from 'vitest'

/** False on replicas. Their stores are slower here than files: S3 is a server in Python, beside the tests. */
export const isEmbedded = inject('storage') === undefined
const nameOf = (name: string, reason: string) => `${name} (embedded only: ${reason})`

/**
 * A suite about SQLite and files, which does not hold for replicas. With BERTH_E2E_STORAGE=replicas it is skipped,
 * with the reason in its name.
 */
export function describeEmbedded(reason: string, name: string, suite: () => void): void {
  if (isEmbedded) describe(name, suite)
  else describe.skip(nameOf(name, reason), suite)
}

/** A single test, as `describeEmbedded`. */
export function testEmbedded(reason: string, name: string, body: TestFunction): void {
  if (isEmbedded) test(name, body)
  else test.skip(nameOf(name, reason), body)
}
