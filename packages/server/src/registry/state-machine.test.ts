import fc from 'fast-check'
import { describe, it } from 'vitest'
import { runStateMachine, steps } from '../testing/state-machine/state-machine.ts'

/** How many times as much as usual is tried; a number of hours' worth is welcome before a release. */
const DEPTH = Number(process.env['BERTH_TEST_DEPTH'] ?? 1)

describe('the registry, against a model', () => {
  it.each([
    { store: 'memory', files: false, runs: 60 },
    { store: 'files', files: true, runs: 15 },
  ])(
    'keeps its promises in every interleaving and through crashes, with blobs in $store',
    async ({ files, runs }) => {
      await fc.assert(
        fc.asyncProperty(steps({ maxCommands: 40 }), fc.scheduler(), (commands, scheduler) =>
          runStateMachine(commands, scheduler, { files }),
        ),
        { numRuns: runs * DEPTH },
      )
    },
    60_000 * DEPTH,
  )
})
