// The folders of the packages that are published: both programs, and SQLite for those of their users who have Node 20.

import { cpSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { root } from '../prepare.mjs'
import { complete } from './complete.mjs'
import { packing } from './npm.mjs'
import { ownersPart } from './owner.mjs'

/** @typedef {import('./owner.mjs').Owner} Owner */

/** Of the workspace. No published name has it: those have the owner's scope. */
const OWN = '@berth/'
/** Releases of Node that have no `node:sqlite` that works without a flag. */
const WITHOUT_SQLITE = '>=20.19 <22.13 || >=23 <23.4'
const SQLITE = join(root, 'node_modules/@photostructure/sqlite')
const PLATFORMS = /^(linux|darwin)-(x64|arm64)$/

/**
 * Makes the folders below `into`, and returns their names: what depends on others comes last.
 *
 * @param {string} into
 * @param {Owner} owner
 */
export function makeFolders(into, owner) {
  const sqlite = sqlitePackages(into, owner)
  makeServer(
    join(into, 'server'),
    owner,
    sqlite.map(({ name }) => name),
  )
  makeCommandLine(join(into, 'cli'), owner)
  return [...sqlite.map(({ folder }) => folder), 'server', 'cli']
}

/**
 * The command line, which is bundled and needs no other package.
 *
 * @param {string} folder
 * @param {Owner} owner
 */
function makeCommandLine(folder, owner) {
  const { devDependencies: _, scripts: __, private: ___, ...workspace } = workspacePackage('cli')
  copyPackage('cli', folder, owner)
  writePackage(folder, { ...workspace, name: `${owner.scope}/cli`, ...ownersPart(owner) })
}

/**
 * The server. It brings the packages of the workspace that it imports, and asks for SQLite where Node has none.
 *
 * @param {string} folder
 * @param {Owner} owner
 * @param {readonly string[]} sqlite
 */
function makeServer(folder, owner, sqlite) {
  const { devDependencies: _, scripts: __, private: ___, ...workspace } = workspacePackage('server')
  copyPackage('server', folder, owner)
  const own = Object.keys(workspace.dependencies).filter(name => name.startsWith(OWN))
  for (const name of own) copyFiles(name.slice(OWN.length), join(folder, 'node_modules', name))
  cpSync(join(root, 'scripts/pack/load-sqlite.mjs'), join(folder, 'load-sqlite.mjs'))
  writePackage(folder, {
    ...workspace,
    name: `${owner.scope}/server`,
    ...ownersPart(owner),
    files: [...workspace.files, 'load-sqlite.mjs'],
    imports: { '#sqlite': './load-sqlite.mjs' },
    bundleDependencies: own,
    optionalDependencies: Object.fromEntries(sqlite.map(name => [name, workspace.version])),
  })
}

/**
 * A package for each platform, with the one binary that it needs.
 *
 * @param {string} into
 * @param {Owner} owner
 */
function sqlitePackages(into, owner) {
  const { version } = workspacePackage('server')
  const source = readJson(join(SQLITE, 'package.json'))
  return readdirSync(join(SQLITE, 'prebuilds')).flatMap(platform => {
    const [, os, cpu] = PLATFORMS.exec(platform) ?? []
    if (os === undefined) return []
    return readdirSync(join(SQLITE, 'prebuilds', platform)).map(binary => {
      const libc = binary.includes('musl') ? 'musl' : 'glibc'
      const folder = `sqlite-${platform}${libc === 'musl' ? '-musl' : ''}`
      const name = `${owner.scope}/${folder}`
      mkdirSync(join(into, folder), { recursive: true })
      cpSync(join(SQLITE, 'prebuilds', platform, binary), join(into, folder, 'sqlite.node'))
      cpSync(join(SQLITE, 'LICENSE'), join(into, folder, 'LICENSE'))
      writeFileSync(join(into, folder, 'README.md'), aboutSqlite(name, source.version))
      writePackage(join(into, folder), {
        name,
        version,
        description: `SQLite for ${owner.scope}/server on a Node that has none of its own`,
        license: source.license,
        ...ownersPart(owner),
        engines: { node: WITHOUT_SQLITE },
        os: [os],
        cpu: [cpu],
        ...(os === 'linux' ? { libc: [libc] } : {}),
        main: './sqlite.node',
      })
      return { folder, name }
    })
  })
}

/**
 * @param {string} name
 * @param {string} version
 */
const aboutSqlite = (name, version) => `# ${name}

SQLite as an addon of Node, for one platform: the binary of
[@photostructure/sqlite](https://www.npmjs.com/package/@photostructure/sqlite) ${version}, and nothing else. berthd uses
it on releases of Node that have no SQLite of their own. SQLite itself is in the public domain; the addon has LICENSE.
`

/**
 * What the workspace packs, and what every package has beside it.
 *
 * @param {string} name
 * @param {string} folder
 * @param {Owner} owner
 */
function copyPackage(name, folder, owner) {
  copyFiles(name, folder)
  complete(folder)
  const readme = readFileSync(join(root, 'packages', name, 'README.md'), 'utf8')
  writeFileSync(join(folder, 'README.md'), readme.replaceAll(OWN, `${owner.scope}/`))
}

/**
 * @param {string} name
 * @param {string} folder
 */
function copyFiles(name, folder) {
  const from = join(root, 'packages', name)
  for (const path of filesOf(name)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true })
    cpSync(join(from, path), join(folder, path))
  }
}

/** @type {ReadonlyMap<string, readonly string[]> | undefined} */
let packed

/**
 * What npm packs of a package of the workspace.
 *
 * @param {string} name
 */
function filesOf(name) {
  packed ??= packing(readdirSync(join(root, 'packages')).map(each => join(root, 'packages', each)))
  return packed.get(`${OWN}${name}`) ?? []
}

const workspacePackage = (/** @type {string} */ name) => readJson(join(root, 'packages', name, 'package.json'))
const readJson = (/** @type {string} */ path) => JSON.parse(readFileSync(path, 'utf8'))
const writePackage = (/** @type {string} */ folder, /** @type {object} */ content) =>
  writeFileSync(join(folder, 'package.json'), `${JSON.stringify(content, null, 2)}\n`)
