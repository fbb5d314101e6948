// npm run pack: the packages as they are published, as tarballs in dist/, or in the folder that --into names. Says what
// each holds and takes, and what owner.json does not say yet. `npm publish` takes each of them, in the order told.

import { mkdirSync, rmSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { makeFolders } from './pack/folders.mjs'
import { packInto } from './pack/npm.mjs'
import { missingValues, readOwner } from './pack/owner.mjs'
import { prepare, root } from './prepare.mjs'

const { values } = parseArgs({ options: { into: { type: 'string', default: join(root, 'dist') } } })
const into = resolve(values.into)

prepare()
const owner = readOwner()
const folders = join(into, 'packages')
rmSync(folders, { recursive: true, force: true })
mkdirSync(folders, { recursive: true })
const names = makeFolders(folders, owner)
const packed = packInto(
  names.map(name => join(folders, name)),
  into,
)
for (const { filename, files, size, unpackedSize } of packed) {
  console.log(`${join(into, filename)}: ${files.length} files, ${inMb(size)}, ${inMb(unpackedSize)} unpacked`)
}
const programs = packed.filter(({ name }) => !name.includes('/sqlite-')).map(({ filename }) => filename)
const example = packed.find(({ name }) => name.endsWith(`/sqlite-${process.platform}-${process.arch}`)) ?? packed[0]
console.log(`
To install: npm install --global ${programs.map(name => `./${name}`).join(' ')}
On Node before 22.13 name the tarball of SQLite for the machine as well, such as ./${example?.filename}.`)
const missing = missingValues(owner)
if (missing.length > 0) console.log(`\nowner.json does not say yet: ${missing.join(', ')}.`)

function inMb(/** @type {number} */ bytes) {
  return `${(bytes / 1e6).toFixed(2)} MB`
}
