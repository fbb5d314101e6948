import { join } from 'node:path'
import { cacheFolder } from './start/cache-folder.ts'
import { loadProgram } from './start/load-program.ts'

/** A hash of the program, which the bundler puts here. */
declare const BUILD: string

/** Of package.json's `engines`; a test keeps them equal. */
const OLDEST_NODE = { major: 20, minor: 19 }

const [major = 0, minor = 0] = process.versions.node.split('.').map(Number)
if (major < OLDEST_NODE.major || (major === OLDEST_NODE.major && minor < OLDEST_NODE.minor)) {
  const needed = `${OLDEST_NODE.major}.${OLDEST_NODE.minor}`
  console.error(`berth needs Node.js ${needed} or newer, and ${process.execPath} is ${process.versions.node}.`)
  process.exitCode = 1
} else {
  const kept = cacheFolder(process.env)
  const own = kept && join(kept, `${process.version}-${process.arch}-${BUILD}`)
  loadProgram({ folder: __dirname, require, codeFolder: own })
}
