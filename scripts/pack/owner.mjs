// What only the owner of the project can say: owner.json. Nothing of it is made up here.

import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { root } from '../prepare.mjs'

/**
 * `null` stands for what the owner has not said.
 *
 * @typedef {object} Owner
 * @property {string} scope of the packages' names, with its @
 * @property {string | null} repository address that git clones from
 * @property {string | null} securityContact
 * @property {string} authors
 */

/** @returns {Owner} */
export const readOwner = () => JSON.parse(readFileSync(join(root, 'owner.json'), 'utf8'))

/** The names of the values that are missing. */
export const missingValues = (/** @type {Owner} */ owner) =>
  Object.entries(owner).flatMap(([name, value]) => (value === null ? [name] : []))

/**
 * The part of a package.json that every published package has.
 *
 * @param {Owner} owner
 */
export const ownersPart = ({ repository, authors }) => ({
  author: authors,
  ...(repository === null ? {} : { repository: { type: 'git', url: repository } }),
  publishConfig: { access: 'public' }, // else a scoped package is private
})
