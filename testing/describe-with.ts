import { describe, it } from 'vitest'
import { lacksSwift } from './swift.ts'

/**
 * A suite that needs what may not be there; `lacking` says what is missing. The suite is skipped then, with the reason
 * in its name. Under CI, where nobody would notice that, it fails.
 */
export function describeUnless(lacking: string | undefined, name: string, suite: () => void): void {
  if (lacking === undefined) describe(name, suite)
  else if (process.env['CI'] === undefined) describe.skip(`${name} (skipped: ${lacking})`, suite)
  else {
    describe(name, () => {
      it(lacking, () => {
        throw new Error(lacking)
      })
    })
  }
}

/** A suite that needs an S3 server. */
export function describeWithSwift(name: string, suite: () => void): void {
  describeUnless(lacksSwift(), name, suite)
}
