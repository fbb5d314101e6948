// npm run test:long: every test at its full length, then all of the end-to-end tests on replicas, in parts of which
// each is told. A part that fails stops no other. Words after `--` choose the parts that have one of them in their
// names. It takes more than an hour; CONTRIBUTING.md says when it is run.

import { spawnSync } from 'node:child_process'
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { root } from './prepare.mjs'

/** @typedef {{ name: string, args: readonly string[], env?: Readonly<Record<string, string>> }} Part */

const test = [process.execPath, join(root, 'scripts/test.mjs')]
const folders = readdirSync(join(root, 'e2e'), { withFileTypes: true })
  .filter(entry => entry.isDirectory() && entry.name !== 'support')
  .map(({ name }) => `e2e/${name}/`)
// And the tests that stand in no folder.
const places = [
  ...folders.sort(),
  ...readdirSync(join(root, 'e2e'))
    .filter(name => name.endsWith('.test.ts'))
    .map(name => `e2e/${name}`),
]

/** @type {readonly Part[]} */
const PARTS = [
  { name: 'types, style, rules of the house', args: ['npm', 'run', 'check'] },
  { name: 'unit', args: [...test, '--project', 'unit', '--project', 'unit-alone'] },
  ...places.map(place => ({ name: `one server: ${place}`, args: [...test, '--project', 'e2e', place] })),
  ...places.map(place => ({
    name: `replicas: ${place}`,
    args: [...test, '--project', 'e2e', '--passWithNoTests', place],
    env: { BERTH_E2E_STORAGE: 'replicas' },
  })),
]

const wanted = process.argv.slice(2)
const parts = PARTS.filter(({ name }) => wanted.length === 0 || wanted.some(word => name.includes(word)))
if (parts.length === 0) {
  console.error(
    `No part has one of these words in its name. The parts are:\n${PARTS.map(({ name }) => name).join('\n')}`,
  )
  process.exit(1)
}
const began = Date.now()
const outcomes = parts.map(({ name, args, env }, at) => {
  const from = Date.now()
  console.log(`\n=== part ${at + 1} of ${parts.length}, after ${secondsSince(began)} s: ${name}`)
  const [program = '', ...rest] = args
  const { status } = spawnSync(program, rest, {
    cwd: root,
    stdio: 'inherit',
    env: { ...process.env, BERTH_TEST_LONG: '1', BERTH_TEST_PART: '1', ...env },
  })
  const outcome = `${status === 0 ? 'passed' : 'FAILED'} (${secondsSince(from)} s): ${name}`
  console.log(`=== ${outcome}`)
  return outcome
})
console.log(`\n${outcomes.join('\n')}\n${secondsSince(began)} seconds in all`)
process.exitCode = outcomes.some(outcome => outcome.startsWith('FAILED')) ? 1 : 0

function secondsSince(/** @type {number} */ time) {
  return Math.round((Date.now() - time) / 1000)
}
