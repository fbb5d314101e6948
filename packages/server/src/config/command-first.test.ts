import { expect, it } from 'vitest'
import { programCommands } from '../help/program-commands.ts'
import { COMMANDS, commandFirst } from './command-first.ts'

it.each([
  ['--data-dir X admin key list --account 1', 'admin key list --data-dir X --account 1'],
  ['--data-dir=X --port 7 serve', 'serve --data-dir=X --port 7'],
  ['--config c.yaml init --data-dir Y', 'init --config c.yaml --data-dir Y'],
  ['--data-dir X admin', 'admin --data-dir X'],
  ['--data-dir X backup /b --rehash', 'backup /b --data-dir X --rehash'],
  // Nothing that can be meant otherwise is changed.
  ['--data-dir admin', '--data-dir admin'],
  ['--data-dir admin account list', '--data-dir admin account list'],
  ['--data-dir X --help admin', '--data-dir X --help admin'],
  ['--data-dir X frob', '--data-dir X frob'],
  ['admin key list --data-dir X', 'admin key list --data-dir X'],
  ['--data-dir', '--data-dir'],
  ['', ''],
])('reads "%s" as "%s"', (line, meant) => {
  expect(commandFirst(line.split(' ')).join(' ')).toBe(meant)
})

it('knows every command of the program', () => {
  expect([...COMMANDS].sort()).toEqual(Object.keys(programCommands).sort())
})
