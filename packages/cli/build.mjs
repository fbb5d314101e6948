// Bundles the command line: berth.js with what every command needs, and other files for what few commands load.

import { createHash } from 'node:crypto'
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build, transform } from 'esbuild'
import { thirdPartyNotices } from '../../scripts/notices.mjs'

const folder = fileURLToPath(new URL('.', import.meta.url))
const dist = join(folder, 'dist')
const { resolve } = createRequire(import.meta.url)
const CREDENTIAL_HELPER = 'docker-credential-berth.js'
const PROGRAMS = ['berth.js', CREDENTIAL_HELPER]

mkdirSync(dist, { recursive: true })
for (const entry of readdirSync(dist, { withFileTypes: true })) {
  if (entry.isFile() && /\.(?:js|code)$|^metafile\.json$/.test(entry.name)) rmSync(join(dist, entry.name))
}
// Node starts one CommonJS file several milliseconds sooner than ES modules.
writeFileSync(join(dist, 'package.json'), '{ "type": "commonjs" }\n')

const common = {
  absWorkingDir: folder,
  bundle: true,
  platform: 'node',
  target: 'node20.19',
  legalComments: 'none', // in a file of their own
  metafile: true,
}
const libraries = {
  // The build for browsers is made of modules, of which only what is used is taken.
  yaml: join(dirname(resolve('yaml/package.json')), 'browser/index.js'),
  '@aws-sdk/credential-providers': resolve('@aws-sdk/credential-providers'),
}

/**
 * What is loaded late, by `await import(…)`, stands in these parts: a module in the first whose pattern fits its path.
 * A part holds what is likely to be wanted together; a part for each module would be many small files to open.
 */
const LATE_PARTS = {
  yaml: /python\/parse-yaml\.ts$/, // brings the library along
  help: /src\/commands\/(?:help\/|.*\bpages?\.ts$|.*\/examples\.ts$)/,
  clean: /src\/commands\/clean\//,
  berth: /src\/commands\/(?:images\/|lifecycle\/|settings\.ts$|audit\.ts$)|packages\/model\//,
  seldom: /./,
}

const program = {
  ...common,
  format: 'esm', // esbuild splits nothing else: each part becomes CommonJS afterwards
  splitting: true,
  write: false,
  entryPoints: { program: 'src/program.ts' },
  outdir: dist,
  chunkNames: 'part-[hash]',
}
const librariesApart = {
  name: 'libraries-apart',
  setup({ onResolve }) {
    onResolve({ filter: /^yaml$|^@aws-sdk\// }, ({ path }) => ({ path: `./${fileName(path)}`, external: true }))
  },
}

// Built once to learn what is loaded late, and once more with that gathered into parts.
const { metafile: scattered } = await build({ ...program, plugins: [librariesApart] })
const { outputFiles, metafile } = await build({ ...program, plugins: [librariesApart, gathering(scattered)] })
for (const { path, text } of outputFiles) {
  const { code } = await transform(text, {
    format: 'cjs',
    platform: 'node',
    target: common.target,
    supported: { 'dynamic-import': false },
    minify: true, // small files are read sooner
  })
  writeFileSync(path, code)
}
writeFileSync(join(dist, 'metafile.json'), JSON.stringify(metafile))
const metafiles = [metafile]
for (const [name, path] of Object.entries(libraries)) {
  const outfile = join(dist, fileName(name))
  const library = await build({
    ...common,
    format: 'cjs',
    minify: true,
    entryPoints: [path],
    outfile,
    mainFields: ['module', 'main'],
    // Which Node this is run by is no news to whoever types a command.
    define: { 'process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED': '"true"' },
  })
  metafiles.push(library.metafile)
}
const apache = readFileSync(join(folder, '../../LICENSE'), 'utf8')
writeFileSync(join(dist, 'THIRD-PARTY-NOTICES.txt'), thirdPartyNotices('berth', { metafiles, folder, apache }))
await build({
  ...common,
  target: 'node10', // it tells an old Node that it is too old, and so that must be able to read it
  format: 'cjs',
  minify: true,
  entryPoints: [join(folder, 'src/berth.ts')],
  outfile: join(dist, 'berth.js'),
  banner: { js: '#!/usr/bin/env node' },
  // The code that V8 compiles is kept for these very files.
  define: { BUILD: JSON.stringify(hashOfDist()) },
})

// What clients of images call for a login: the same program under the name that they know.
writeFileSync(
  join(dist, CREDENTIAL_HELPER),
  "#!/usr/bin/env node\nprocess.argv.splice(2, 0, '--no-cli-auto-prompt', 'docker-credential')\nrequire('./berth.js')\n",
)

/** Of all that berth.js loads. */
function hashOfDist() {
  const hash = createHash('sha256')
  const files = readdirSync(dist).filter(name => name.endsWith('.js') && !PROGRAMS.includes(name))
  for (const name of files.sort()) hash.update(readFileSync(join(dist, name)))
  return hash.digest('hex').slice(0, 16)
}

/**
 * Has `import('./x.ts')` load the part that x.ts stands in, which exports what all its modules export. Two that export
 * the same name in one part are an error of the build.
 */
function gathering({ outputs }) {
  const parts = new Map(Object.keys(LATE_PARTS).map(name => [name, []]))
  for (const { entryPoint, exports } of Object.values(outputs)) {
    if (entryPoint === undefined || entryPoint === program.entryPoints.program) continue
    const path = join(folder, entryPoint)
    parts.get(partOf(path)).push(`export { ${exports.join(', ')} } from ${JSON.stringify(path)}`)
  }
  return {
    name: 'gathering',
    setup({ onResolve, onLoad, resolve }) {
      onResolve({ filter: /^\.|^@berth\// }, async ({ kind, path, resolveDir, pluginData }) => {
        if (kind !== 'dynamic-import' || pluginData === gathering) return undefined
        const { path: file, errors } = await resolve(path, { kind, resolveDir, pluginData: gathering })
        return errors.length > 0 ? { errors } : { path: partOf(file), namespace: 'late' }
      })
      onLoad({ filter: /./, namespace: 'late' }, ({ path: name }) => ({
        // What every part imports the bundler keeps in one file: so what all commands load is not scattered.
        contents: [`import ${JSON.stringify(join(folder, 'src/main.ts'))}`, ...parts.get(name)].join('\n'),
        resolveDir: folder,
      }))
    },
  }
}

function partOf(path) {
  return Object.keys(LATE_PARTS).find(name => LATE_PARTS[name].test(path))
}

function fileName(library) {
  return `${library.replace(/^.*\//, '')}.js`
}
