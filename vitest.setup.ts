import fc from 'fast-check'
import { vi } from 'vitest'

// CI must say the same of the same commit: there, properties are tried on the same values every time. Elsewhere each
// run tries new ones, and a failure prints the seed to repeat it with.
if (process.env['CI'] !== undefined) fc.configureGlobal({ seed: 20_261_123 })

// The SDK's advice on Node versions, at each start, is for those who choose them.
process.env['AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED'] ??= 'true'

// What a test waits for comes when it comes. vitest gives it one second, which a busy machine may need for anything.
// The limit only ends what hangs. Files that share a worker come here one after the other, and wrap these once.
const PATIENCE_MS = 30_000
const patient = Symbol.for('berth.patient')
const patiently = <Options extends object>(options: number | Options | undefined) =>
  typeof options === 'number' ? options : { timeout: PATIENCE_MS, ...options }
if (!(patient in vi)) {
  const { waitFor, waitUntil } = vi
  Object.assign(vi, {
    [patient]: true,
    waitFor: ((callback, options) => waitFor(callback, patiently(options))) satisfies typeof waitFor,
    waitUntil: ((callback, options) => waitUntil(callback, patiently(options))) satisfies typeof waitUntil,
  })
}
