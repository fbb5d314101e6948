// npm run test:long: every test at its full length, those of `*.long.test.ts` among them, then all of the end-to-end
// tests on replicas. It takes about an hour; CONTRIBUTING.md says when it is run.

import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { root } from './prepare.mjs'

const runs = {
  'all tests at full length': { args: [], env: {} },
  'the end-to-end tests on replicas': { args: ['--project', 'e2e'], env: { BERTH_E2E_STORAGE: 'replicas' } },
}

const outcomes = Object.entries(runs).map(([name, { args, env }]) => {
  console.log(`\n=== ${name}`)
  const { status } = spawnSync(process.execPath, [join(root, 'scripts/test.mjs'), ...args], {
    cwd: root,
    stdio: 'inherit',
    env: { ...process.env, BERTH_TEST_LONG: '1', ...env },
  })
  return `${name}: ${status === 0 ? 'passed' : 'FAILED'}`
})
console.log(`\n${outcomes.join('\n')}`)
process.exitCode = outcomes.some(outcome => outcome.endsWith('FAILED')) ? 1 : 0
