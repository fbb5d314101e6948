// In the published server only: SQLite for a Node that has none of its own. npm installs the package for this machine;
// where it installed those of two C libraries, only one of them can be loaded.

import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'

const require = createRequire(import.meta.url)
const { optionalDependencies } = JSON.parse(readFileSync(new URL('package.json', import.meta.url), 'utf8'))
const machine = `${process.platform}-${process.arch}`
const candidates = Object.keys(optionalDependencies).filter(
  name => /\/sqlite-([^-]+-[^-]+)/.exec(name)?.[1] === machine,
)

export const { DatabaseSync } = load()

function load() {
  for (const name of candidates) {
    try {
      return require(name)
    } catch {}
  }
  throw new Error(
    `Node ${process.versions.node} has no SQLite of its own, and none is installed for ${machine}: ` +
      'run Node 24, or install berthd again with this Node and with optional dependencies.',
  )
}
