// A Debian package of server, command line, unit, pages of the manual and completions.

import {
  chmodSync,
  copyFileSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { readOwner } from '../pack/owner.mjs'
import { root } from '../prepare.mjs'
import { PLACE, run } from './program-folder.mjs'

/** @typedef {import('./program-folder.mjs').Architecture} Architecture */
/** @typedef {import('./program-folder.mjs').Form} Form */

/** The programs by the names that people type, and what each runs. */
const PROGRAMS = {
  berthd: 'server/dist/berthd.js',
  berth: 'cli/dist/berth.js',
  'docker-credential-berth': 'cli/dist/docker-credential-berth.js',
}

const ASK = 'berth completion suggestions'
const FISH_LINE = 'COMP_LINE=(commandline -cp) COMP_POINT=(commandline -cp | string length)'

/**
 * What a shell reads when the word before the cursor is `berth`. What `berth completion` prints is for start-up files,
 * and for zsh sets up completion as a whole, which is not a package's matter.
 */
const COMPLETIONS = [
  {
    path: 'usr/share/bash-completion/completions/berth',
    script: `complete -o default -C '${ASK}' berth\n`,
  },
  {
    path: 'usr/share/zsh/vendor-completions/_berth',
    script: `#compdef berth\nautoload -Uz bashcompinit && bashcompinit\ncomplete -o default -C '${ASK}' berth\n`,
  },
  {
    path: 'usr/share/fish/vendor_completions.d/berth.fish',
    script: `complete -c berth -f -a '(env ${FISH_LINE} ${ASK})'\n`,
  },
]

const PACKAGING = join(root, 'packaging')

/**
 * Makes `berth_VERSION_ARCHITECTURE.deb` in `into`, of the folder that `makeProgramFolder` has made. Returns its path.
 *
 * @param {string} into
 * @param {string} programs
 * @param {Form} form
 */
export function makeDebianPackage(into, programs, { architecture, isCompressed }) {
  const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
  const top = mkdtempSync(join(tmpdir(), 'berth-deb-'))
  try {
    makeTree(top, programs)
    makeControl(join(top, 'DEBIAN'), version, architecture)
    const file = join(into, `berth_${version}_${architecture}.deb`)
    const how = isCompressed ? ['-Zxz', '-z1'] : ['-Znone']
    run('dpkg-deb', ['--root-owner-group', ...how, '--build', top, file], {
      stdio: ['ignore', 'ignore', 'inherit'],
    })
    return file
  } finally {
    rmSync(top, { recursive: true })
  }
}

/**
 * @param {string} top
 * @param {string} programs
 */
function makeTree(top, programs) {
  const place = join(top, PLACE)
  cpSync(programs, place, { recursive: true })
  for (const [name, program] of Object.entries(PROGRAMS))
    write(top, `usr/bin/${name}`, `#!/bin/sh\nexec ${PLACE}/bin/node ${PLACE}/${program} "$@"\n`, 0o755)
  for (const name of ['server', 'cli'])
    for (const page of readdirSync(join(place, name, 'man')))
      write(top, `usr/share/man/man1/${page}.gz`, gzipSync(readFileSync(join(place, name, 'man', page)), { level: 9 }))
  for (const { path, script } of COMPLETIONS) write(top, path, script)
  copy(top, 'usr/lib/systemd/system/berthd.service', 'systemd/berthd.service')
  copy(top, 'usr/lib/sysusers.d/berth.conf', 'systemd/berth.sysusers')
  copy(top, 'etc/berth/berthd.env', 'debian/berthd.env')
  mkdirSync(join(top, 'usr/share/doc/berth'), { recursive: true })
  copyFileSync(join(root, 'LICENSE'), join(top, 'usr/share/doc/berth/copyright'))
  for (const name of ['server', 'cli'])
    symlinkSync(`${PLACE}/${name}/dist/THIRD-PARTY-NOTICES.txt`, join(top, `usr/share/doc/berth/notices-${name}`))
}

/**
 * @param {string} folder
 * @param {string} version
 * @param {Architecture} architecture
 */
function makeControl(folder, version, architecture) {
  mkdirSync(folder, { recursive: true })
  const { authors } = readOwner()
  const fields = {
    Package: 'berth',
    Version: version,
    Architecture: architecture,
    Maintainer: authors,
    Depends: 'libc6 (>= 2.28), libstdc++6 (>= 9)',
    Recommends: 'systemd',
    Section: 'net',
    Priority: 'optional',
    Description: `container registry that speaks ECR Public and OCI, with its command line
 berthd serves images by OCI Distribution and by the Amazon ECR Public API; berth
 is the ecr-public command line. A Node of its own is in the package.`,
  }
  const text = Object.entries(fields).map(([name, value]) => `${name}: ${value}\n`)
  writeFileSync(join(folder, 'control'), text.join(''))
  writeFileSync(join(folder, 'conffiles'), '/etc/berth/berthd.env\n')
  for (const name of ['postinst', 'prerm', 'postrm']) {
    cpSync(join(PACKAGING, 'debian', name), join(folder, name))
    chmodSync(join(folder, name), 0o755)
  }
}

/**
 * @param {string} top
 * @param {string} path
 * @param {string | Buffer} content
 * @param {number} [mode]
 */
function write(top, path, content, mode = 0o644) {
  mkdirSync(dirname(join(top, path)), { recursive: true })
  writeFileSync(join(top, path), content)
  chmodSync(join(top, path), mode)
}

const copy = (/** @type {string} */ top, /** @type {string} */ path, /** @type {string} */ from) =>
  write(top, path, readFileSync(join(PACKAGING, from)))
