// The npm that came with this Node, or that runs this script.

import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'

/**
 * @typedef {{ name: string, filename: string, size: number, unpackedSize: number, files: { path: string }[] }} Packed
 */

/**
 * The paths of the files that npm would put into the packages of some folders, by the names of the packages. All are
 * asked for at once, since npm takes longer to start than to look.
 *
 * @param {readonly string[]} folders
 */
export const packing = folders =>
  new Map(pack(['--dry-run', ...folders]).map(({ name, files }) => [name, files.map(({ path }) => path)]))

/**
 * Packs folders into tarballs below `into`.
 *
 * @param {readonly string[]} folders
 * @param {string} into
 */
export const packInto = (folders, into) => pack(['--pack-destination', into, ...folders])

/**
 * @param {readonly string[]} args
 * @returns {Packed[]}
 */
function pack(args) {
  const { npm_execpath: cli } = process.env
  const [program, before] = cli?.endsWith('.js') && existsSync(cli) ? [process.execPath, [cli]] : ['npm', []]
  const all = [...before, 'pack', '--json', '--ignore-scripts', '--loglevel=error', ...args]
  const { status, stdout, error } = spawnSync(program, all, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] })
  if (error) throw error
  if (status !== 0) throw new Error(`npm pack: exit code ${status}`)
  const packed = JSON.parse(stdout)
  return Array.isArray(packed) ? packed : Object.values(packed)
}
