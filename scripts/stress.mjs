// npm run stress: clients push, retag, delete, restore and pull while the server is killed again and again, at length.
// The short form of the same is among the tests; see docs/collection.md, "What the stress run showed".

import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { prepare, root } from './prepare.mjs'

const { values: options } = parseArgs({
  options: {
    kills: { type: 'string', default: '200' },
    // The choices of the clients and the times of the kills follow from it; what meets what does not.
    seed: { type: 'string', default: `${Math.floor(Math.random() * 1_000_000_000)}` },
  },
})

prepare()
const vitest = join(root, 'node_modules/vitest/vitest.mjs')
const { status } = spawnSync(
  process.execPath,
  [vitest, 'run', '--project', 'e2e', 'e2e/stress/stress.test.ts', '--disable-console-intercept'],
  {
    cwd: root,
    stdio: 'inherit',
    env: { ...process.env, STRESS_KILLS: options.kills, STRESS_SEED: options.seed },
  },
)
process.exitCode = status ?? 1
