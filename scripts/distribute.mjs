// npm run distribute: what operators install without npm, in dist/ or in the folder that --into names: a package for
// Debian (`deb`), a container image in the OCI layout (`image`), or the programs with their Node alone, in the place
// where they are on a machine (`folder`). Each is for amd64 or arm64, and several are made of the same programs. With
// --uncompressed they are larger and made sooner, for a try.

import { cpSync, mkdirSync, mkdtempSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { makeDebianPackage } from './distribute/debian-package.mjs'
import { makeImage } from './distribute/image.mjs'
import { makeProgramFolder, PLACE } from './distribute/program-folder.mjs'
import { prepare, root } from './prepare.mjs'

const USAGE = 'npm run distribute -- deb|image|folder… [--arch amd64|arm64] [--into FOLDER] [--uncompressed]'
const MACHINE = process.arch === 'arm64' ? 'arm64' : 'amd64'

/**
 * Each makes one thing in `into` of the folder of the programs, and returns what to say about it.
 *
 * @typedef {import('./distribute/program-folder.mjs').Form} Form
 * @type {Readonly<Record<string, (into: string, programs: string, form: Form) => string>>}
 */
const KINDS = {
  deb(into, programs, form) {
    const file = makeDebianPackage(into, programs, form)
    return `${file}: ${inMb(statSync(file).size)}\n\nTo install: apt install ${file}`
  },
  image(into, programs, form) {
    const { layout, tag, sizeBytes } = makeImage(into, programs, form)
    return `${layout}: ${inMb(sizeBytes)} to pull

To push it: skopeo copy oci:${layout}:${tag} docker://HOST/ALIAS/berthd:${tag}
For docker: skopeo copy oci:${layout}:${tag} docker-daemon:berthd:${tag}`
  },
  folder(into, programs) {
    const place = join(into, PLACE)
    cpSync(programs, place, { recursive: true })
    return place
  },
}

const { values, positionals: kinds } = parseArgs({
  allowPositionals: true,
  options: {
    into: { type: 'string', default: join(root, 'dist') },
    arch: { type: 'string', default: MACHINE },
    uncompressed: { type: 'boolean', default: false },
  },
})
const { arch } = values
if (kinds.length === 0 || kinds.some(kind => !Object.hasOwn(KINDS, kind)) || (arch !== 'amd64' && arch !== 'arm64')) {
  console.error(USAGE)
  process.exit(1)
}
const into = resolve(values.into)
mkdirSync(into, { recursive: true })
prepare()
if (arch !== MACHINE) console.warn(`What is made for ${arch} was tried on no machine of that kind.`)
const scratch = mkdtempSync(join(tmpdir(), 'berth-programs-'))
try {
  const programs = join(scratch, 'programs')
  makeProgramFolder(programs, arch)
  for (const kind of kinds)
    console.log(KINDS[kind]?.(into, programs, { architecture: arch, isCompressed: !values.uncompressed }))
} finally {
  rmSync(scratch, { recursive: true })
}

function inMb(/** @type {number} */ bytes) {
  return `${(bytes / 1e6).toFixed(1)} MB`
}
