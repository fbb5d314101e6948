// Before `npm pack` in a folder of the workspace: what every package has beside its own files. What can be published is
// made by `npm run pack`.

import { cpSync } from 'node:fs'
import { join } from 'node:path'
import { root } from '../prepare.mjs'

const BESIDE = ['LICENSE', 'NOTICE', 'CHANGELOG.md']

/** @param {string} folder */
export function complete(folder) {
  for (const file of BESIDE) cpSync(join(root, file), join(folder, file))
}

if (process.env.npm_lifecycle_event === 'prepack') complete(process.cwd())
