// npm run distribute: what operators install without npm, in dist/ or in the folder that --into names: a package for
// Debian (`deb`), a container image in the OCI layout (`image`), or the programs with their Node alone, in the place
// where they are on a machine (`folder`). Each is for amd64 or arm64.

import { mkdirSync, statSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { makeDebianPackage } from './distribute/debian-package.mjs'
import { makeImage } from './distribute/image.mjs'
import { makeProgramFolder, PLACE } from './distribute/program-folder.mjs'
import { prepare, root } from './prepare.mjs'

const USAGE = 'npm run distribute -- deb|image|folder [--arch amd64|arm64] [--into FOLDER]'
const MACHINE = process.arch === 'arm64' ? 'arm64' : 'amd64'

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    into: { type: 'string', default: join(root, 'dist') },
    arch: { type: 'string', default: MACHINE },
  },
})
const [what, ...more] = positionals
const { arch } = values
if (
  (what !== 'deb' && what !== 'image' && what !== 'folder') ||
  more.length > 0 ||
  (arch !== 'amd64' && arch !== 'arm64')
) {
  console.error(USAGE)
  process.exit(1)
}
const into = resolve(values.into)
mkdirSync(into, { recursive: true })
prepare()
if (arch !== MACHINE) console.warn(`What is made for ${arch} was tried on no machine of that kind.`)
if (what === 'deb') {
  const file = makeDebianPackage(into, arch)
  console.log(`${file}: ${(statSync(file).size / 1e6).toFixed(1)} MB\n\nTo install: apt install ${file}`)
} else if (what === 'folder') {
  makeProgramFolder(join(into, PLACE), arch)
  console.log(join(into, PLACE))
} else {
  const { layout, tag, sizeBytes } = makeImage(into, arch)
  console.log(`${layout}: ${(sizeBytes / 1e6).toFixed(1)} MB to pull

To push it: skopeo copy oci:${layout}:${tag} docker://HOST/ALIAS/berthd:${tag}
For docker: skopeo copy oci:${layout}:${tag} docker-daemon:berthd:${tag}`)
}
