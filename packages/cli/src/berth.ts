import * as nodeModule from 'node:module'
import { loadProgram } from './start/load-program.ts'

/** Of package.json's `engines`; a test keeps them equal. */
const OLDEST_NODE = { major: 20, minor: 19 }

const [major = 0, minor = 0] = process.versions.node.split('.').map(Number)
if (major < OLDEST_NODE.major || (major === OLDEST_NODE.major && minor < OLDEST_NODE.minor)) {
  const needed = `${OLDEST_NODE.major}.${OLDEST_NODE.minor}`
  console.error(`berth needs Node.js ${needed} or newer, and ${process.execPath} is ${process.versions.node}.`)
  process.exitCode = 1
}
// Node 22 and newer keep compiled code by themselves; for older ones the build has put it beside the program.
else if ('enableCompileCache' in nodeModule && typeof nodeModule.enableCompileCache === 'function') {
  nodeModule.enableCompileCache()
  require('./program.js')
} else {
  loadProgram({ folder: __dirname, require })
}
