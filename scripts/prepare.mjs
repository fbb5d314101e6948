// What `npm start` and `npm test` need before they can run: dependencies that match the lock file, and a build
// that matches the sources. Both checks read files only, so nothing is run when nothing has changed.

import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** The checkout's top folder. */
export const root = fileURLToPath(new URL('..', import.meta.url))

const OLDEST_NODE = { major: 20, minor: 19 }

/** Installs and builds whatever is missing or out of date; ends the process when that fails. */
export function prepare() {
  prepareSources()
  if (!isBuilt()) build()
}

/** Installs what is missing, for what runs on the sources. */
export function prepareSources() {
  requireNode()
  if (!isInstalled()) install()
}

function requireNode() {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number)
  if (major > OLDEST_NODE.major || (major === OLDEST_NODE.major && minor >= OLDEST_NODE.minor)) return
  console.error(
    `berth needs Node.js ${OLDEST_NODE.major}.${OLDEST_NODE.minor} or newer; this is ${process.versions.node}.`,
  )
  process.exit(1)
}

/**
 * Whether node_modules holds what package-lock.json asks for. npm leaves a record of what it installed; it is compared
 * package by package, so an install made by hand counts, and one made without development dependencies does not.
 */
function isInstalled() {
  const record = join(root, 'node_modules/.package-lock.json')
  if (!existsSync(record)) return false
  const installed = readJson(record).packages
  return Object.entries(readJson(join(root, 'package-lock.json')).packages).every(([path, wanted]) => {
    if (path === '') return true
    const found = installed[path]
    if (found === undefined) return wanted.optional === true // built for another platform
    return found.version === wanted.version && found.integrity === wanted.integrity
  })
}

function install() {
  console.log('Installing dependencies (npm ci)...')
  // The compiler is a development dependency: NODE_ENV=production must not leave it out.
  npm(['ci', '--include=dev', '--no-audit', '--no-fund', '--loglevel=error'])
}

function build() {
  console.log('Building...')
  // Without its mark, a build that fails half-way cannot be taken for done when the sources change back.
  for (const stamp of stamps()) rmSync(stamp, { force: true })
  npm(['run', '--silent', 'build'])
}

/** @param {readonly string[]} args */
function npm(args) {
  const cli = process.env.npm_execpath
  // The npm that runs this script, whatever PATH says.
  if (cli?.endsWith('.js') && existsSync(cli)) run(process.execPath, [cli, ...args])
  else run('npm', args)
}

/**
 * @param {string} command
 * @param {readonly string[]} args
 */
function run(command, args) {
  const { status, error } = spawnSync(command, args, { cwd: root, stdio: 'inherit' })
  if (status === 0) return
  if (error) console.error(`${command}: ${error.message}`)
  process.exit(status ?? 1)
}

/** Whether every package's dist was made from the sources as they are now. */
function isBuilt() {
  const hash = sourceHash()
  return stamps().every(stamp => existsSync(stamp) && readFileSync(stamp, 'utf8') === hash)
}

/** Notes in every dist which sources it was made from. The build's last step. */
export function markBuilt() {
  const hash = sourceHash()
  for (const stamp of stamps()) {
    mkdirSync(dirname(stamp), { recursive: true })
    writeFileSync(stamp, hash)
  }
}

const stamps = () => packages().map(name => join(root, 'packages', name, 'dist/.built-from'))

/** Hash of everything that decides what the build makes: sources, settings, and the versions of the tools. */
function sourceHash() {
  const hash = createHash('sha256')
  const files = [
    'package.json',
    'package-lock.json',
    'tsconfig.base.json',
    'packages/cli/build.mjs',
    'scripts/notices.mjs',
    'packages/server/build.mjs',
  ]
  for (const name of packages()) {
    const folder = `packages/${name}`
    files.push(`${folder}/package.json`, `${folder}/tsconfig.json`)
    for (const entry of readdirSync(join(root, folder, 'src'), { recursive: true, withFileTypes: true })) {
      const path = join(entry.parentPath, entry.name)
      if (entry.isFile() && !path.endsWith('.test.ts')) files.push(path.slice(root.length))
    }
  }
  for (const file of files.sort()) {
    const bytes = readFileSync(join(root, file))
    hash.update(`${file}\0${bytes.length}\0`).update(bytes)
  }
  return hash.digest('hex')
}

const packages = () => readdirSync(join(root, 'packages')).sort()

const readJson = (/** @type {string} */ path) => JSON.parse(readFileSync(path, 'utf8'))
