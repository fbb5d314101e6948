import { setImmediate as nextTurn } from 'node:timers/promises'
import fc from 'fast-check'
import { describe, it, vi } from 'vitest'
import { inFull } from '../../../../testing/in-full.ts'
import { runStateMachine } from '../testing/state-machine/state-machine.ts'
import { anySteps } from '../testing/state-machine/steps.ts'

// The collector pauses for as long as it worked. Here a pause is a turn: the scheduler says who goes next, not a clock.
vi.mock('node:timers/promises', async importOriginal => ({
  ...(await importOriginal<typeof import('node:timers/promises')>()),
  setTimeout: () => nextTurn(),
}))

/** How many times as much as usual is tried; a number of hours' worth is welcome before a release. */
const DEPTH = Number(process.env['BERTH_TEST_DEPTH'] ?? inFull(1, 10))

describe('the registry, against a model', () => {
  it.each([
    { store: 'memory', files: false, runs: 30 },
    { store: 'files', files: true, runs: 10 },
  ])(
    'keeps its promises in every interleaving and through crashes, with blobs in $store',
    async ({ files, runs }) => {
      await fc.assert(
        fc.asyncProperty(anySteps({ maxCommands: 40 }), fc.scheduler(), (steps, scheduler) =>
          runStateMachine(steps, scheduler, { files }),
        ),
        { numRuns: runs * DEPTH },
      )
    },
    180_000 * DEPTH,
  )
})
