// Bundles program/main.js, which every command of berthd loads: the server's modules, and libraries of hundreds of
// small files. To find, read and link each of them would take half of the time of a start. The compiler's files stay,
// for threads.

import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'
import { thirdPartyNotices } from '../../scripts/notices.mjs'

const folder = fileURLToPath(new URL('.', import.meta.url))
const source = join(folder, 'src')
const dist = join(folder, 'dist')
/** Where the bundle and its parts are. */
const program = join(dist, 'program')

/** What is bundled of others' work. The remaining libraries are few files each, or are seldom loaded. */
const LIBRARIES = ['kysely', 'zod']

const chosenLibraries = {
  name: 'chosen-libraries',
  setup({ onResolve }) {
    const isChosen = path => LIBRARIES.includes(path) || path.startsWith('@berth/')
    onResolve({ filter: /^[^./]/ }, ({ path, kind }) =>
      kind === 'entry-point' || isChosen(path) ? undefined : { path, external: true },
    )
  },
}

/** What a module finds beside itself is still there: only the module is elsewhere. */
const placesOfModules = {
  name: 'places-of-modules',
  setup({ onLoad }) {
    onLoad({ filter: /\.ts$/ }, ({ path }) => {
      const place = `../${relative(source, path).replace(/\.ts$/, '.js')}`
      const contents = readFileSync(path, 'utf8')
      return { contents: contents.replaceAll('import.meta.url', `new URL('${place}', import.meta.url)`), loader: 'ts' }
    })
  },
}

for (const name of readdirSync(program)) if (/^part-.*\.js$/.test(name)) rmSync(join(program, name))
const { metafile } = await build({
  absWorkingDir: folder,
  metafile: true,
  entryPoints: [join(source, 'program/main.ts')],
  outdir: program,
  bundle: true,
  splitting: true,
  chunkNames: 'part-[hash]',
  format: 'esm',
  platform: 'node',
  target: 'node20.19',
  legalComments: 'none', // in a file of their own
  plugins: [chosenLibraries, placesOfModules],
})
const apache = readFileSync(join(folder, '../../LICENSE'), 'utf8')
const notices = thirdPartyNotices('berthd', { metafiles: [metafile], folder, apache })
writeFileSync(join(dist, 'THIRD-PARTY-NOTICES.txt'), notices)
