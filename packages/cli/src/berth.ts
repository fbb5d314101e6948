import * as nodeModule from 'node:module'
import { loadProgram } from './load-program.ts'

// Node 22 and newer keep compiled code by themselves; for older ones the build has put it beside the program.
if ('enableCompileCache' in nodeModule && typeof nodeModule.enableCompileCache === 'function') {
  nodeModule.enableCompileCache()
  require('./program.js')
} else {
  loadProgram({ folder: __dirname, require })
}
