#!/usr/bin/env node
// An old Node cannot even read the rest of the program: it is loaded once the check has passed, and this file keeps to
// what old releases understand.

/** Of package.json's `engines`; a test keeps them equal. */
const OLDEST_NODE = { major: 20, minor: 19 }

const [major = 0, minor = 0] = process.versions.node.split('.').map(Number)
if (major > OLDEST_NODE.major || (major === OLDEST_NODE.major && minor >= OLDEST_NODE.minor))
  void import('./program/main.ts')
else {
  const needed = `${OLDEST_NODE.major}.${OLDEST_NODE.minor}`
  console.error(`berthd needs Node.js ${needed} or newer, and ${process.execPath} is ${process.versions.node}.`)
  process.exitCode = 1
}
