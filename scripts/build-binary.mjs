// npm run build:binary: the command line as one executable that needs no Node, packages/cli/dist/berth, made by
// `bun build --compile` from the very files that Node runs, but for the loader of compiled code, which bun has of its
// own. It is made anew only where those files, or bun, have changed.

import { spawnSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { prepare, root } from './prepare.mjs'

prepare()
const bun = findBun()
if (bun === undefined) {
  console.error(
    `There is no bun for ${process.platform} on ${process.arch}: npm install --include=dev --include=optional`,
  )
  process.exit(1)
}
const dist = join(root, 'packages/cli/dist')
// What the build notes of its sources, the release of bun among them.
const sources = readFileSync(join(dist, '.built-from'), 'utf8')
const stamp = join(dist, '.executable-from')
if (existsSync(join(dist, 'berth')) && existsSync(stamp) && readFileSync(stamp, 'utf8') === sources) process.exit(0)
const options = [
  '--minify',
  '--bytecode', // parsed at build time: it starts in a third of the time
  // Neither settings nor credentials may come from files that happen to lie in the current folder.
  '--no-compile-autoload-dotenv',
  '--no-compile-autoload-bunfig',
]
// Renamed when it is whole: an executable that runs cannot be written over, and two builds may be under way.
const made = join(dist, `berth.${process.pid}`)
const args = ['build', '--compile', ...options, join(dist, 'program.js'), '--outfile', made]
const { status, error } = spawnSync(bun, args, { cwd: dist, stdio: ['ignore', 'ignore', 'inherit'] })
if (error) console.error(`${bun}: ${error.message}`)
if (status === 0) {
  renameSync(made, join(dist, 'berth'))
  writeFileSync(stamp, sources)
} else rmSync(made, { force: true })
process.exitCode = status ?? 1

/** npm may be told to run no install scripts; bun's program then stays in the package of its platform. */
function findBun() {
  const platforms = join(root, 'node_modules/@oven')
  const packages = existsSync(platforms) ? readdirSync(platforms).map(name => join(platforms, name)) : []
  return [join(root, 'node_modules/bun'), ...packages]
    .flatMap(folder => ['bin/bun.exe', 'bin/bun'].map(program => join(folder, program)))
    .find(program => existsSync(program) && spawnSync(program, ['--version'], { stdio: 'ignore' }).status === 0)
}
