// What Node needs of an operating system, as packages of the Debian that this machine takes its packages from.

import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { run } from './program-folder.mjs'

/** @typedef {import('./program-folder.mjs').Architecture} Architecture */

/** The C and C++ libraries. Node has its own certificates, and the server needs no shell. */
const PACKAGES = ['libc6', 'libgcc-s1', 'libstdc++6']
/** Pages and translations that nobody reads in a container. Licences stay. */
const LEFT_OUT = ['usr/share/locale', 'usr/share/man', 'usr/share/lintian', 'usr/share/gdb', 'usr/share/doc-base']

/**
 * Downloads and unpacks the packages for an architecture, whichever this machine has. apt checks their signatures, and
 * keeps what it learns for the other architecture apart from what this machine knows.
 *
 * @param {string} folder
 * @param {Architecture} architecture
 */
export function makeDebianRoot(folder, architecture) {
  const scratch = mkdtempSync(join(tmpdir(), 'berth-debian-'))
  try {
    for (const each of ['state/lists/partial', 'cache/archives/partial', 'packages'])
      mkdirSync(join(scratch, each), { recursive: true })
    writeFileSync(join(scratch, 'status'), '')
    const options = [
      ['APT::Architecture', architecture],
      ['APT::Architectures', architecture],
      ['Dir::State', join(scratch, 'state')],
      ['Dir::State::status', join(scratch, 'status')],
      ['Dir::Cache', join(scratch, 'cache')],
      ['APT::Sandbox::User', ''],
      ['Acquire::Languages', 'none'],
    ].flatMap(([name, value]) => ['--option', `${name}=${value}`])
    run('apt-get', [...options, '--quiet=2', 'update'])
    run('apt-get', [...options, '--quiet=2', 'download', ...PACKAGES], { cwd: join(scratch, 'packages') })
    mkdirSync(folder, { recursive: true })
    for (const file of readdirSync(join(scratch, 'packages')))
      run('dpkg-deb', ['--extract', join(scratch, 'packages', file), folder])
    for (const path of LEFT_OUT) rmSync(join(folder, path), { recursive: true, force: true })
  } finally {
    rmSync(scratch, { recursive: true })
  }
}
