// Bundles the command line: berth.js with what every command needs, and other files for what few commands load.

import { execFileSync } from 'node:child_process'
import { mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build, transform } from 'esbuild'

const folder = fileURLToPath(new URL('.', import.meta.url))
const dist = join(folder, 'dist')
const { resolve } = createRequire(import.meta.url)

mkdirSync(dist, { recursive: true })
for (const entry of readdirSync(dist, { withFileTypes: true })) {
  if (entry.isFile() && /\.(?:js|code)$/.test(entry.name)) rmSync(join(dist, entry.name))
}
// Node starts one CommonJS file several milliseconds sooner than ES modules.
writeFileSync(join(dist, 'package.json'), '{ "type": "commonjs" }\n')

const common = { bundle: true, platform: 'node', target: 'node20.19', legalComments: 'none' }
const libraries = {
  // The build for browsers is made of modules, of which only what is used is taken.
  yaml: join(dirname(resolve('yaml/package.json')), 'browser/index.js'),
  '@aws-sdk/credential-providers': resolve('@aws-sdk/credential-providers'),
}

// esbuild splits only ES modules, so the parts are made first, and then each becomes CommonJS.
const { outputFiles } = await build({
  ...common,
  format: 'esm',
  splitting: true,
  write: false,
  entryPoints: { program: join(folder, 'src/program.ts') },
  outdir: dist,
  chunkNames: 'part-[hash]',
  plugins: [
    {
      name: 'libraries-apart',
      setup({ onResolve }) {
        onResolve({ filter: /^yaml$|^@aws-sdk\// }, ({ path }) => ({ path: `./${fileName(path)}`, external: true }))
      },
    },
  ],
})
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
await build({
  ...common,
  format: 'cjs',
  minify: true,
  entryPoints: [join(folder, 'src/berth.ts')],
  outfile: join(dist, 'berth.js'),
  external: ['./program.js'],
  banner: { js: '#!/usr/bin/env node' },
})
for (const [name, path] of Object.entries(libraries)) {
  const outfile = join(dist, fileName(name))
  await build({
    ...common,
    format: 'cjs',
    minify: true,
    entryPoints: [path],
    outfile,
    mainFields: ['module', 'main'],
    // Which Node this is run by is no news to whoever types a command.
    define: { 'process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED': '"true"' },
  })
}

// The loader is built once more, for the script that has V8 compile the program.
const loader = join(dist, 'load-program.js')
await build({ ...common, format: 'cjs', entryPoints: [join(folder, 'src/load-program.ts')], outfile: loader })
execFileSync(process.execPath, [join(folder, 'compile.cjs'), loader], { stdio: ['ignore', 'ignore', 'inherit'] })
rmSync(loader)

function fileName(library) {
  return `${library.replace(/^.*\//, '')}.js`
}
