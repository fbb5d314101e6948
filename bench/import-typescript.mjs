import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { build } from 'esbuild'

/**
 * Modules find files by their own place, which is not that of the bundle.
 *
 * @type {import('esbuild').Plugin}
 */
const places = {
  name: 'places',
  setup: ({ onLoad }) =>
    onLoad({ filter: /\.ts$/ }, ({ path }) => ({
      contents: readFileSync(path, 'utf8').replaceAll('import.meta.url', JSON.stringify(pathToFileURL(path).href)),
      loader: 'ts',
    })),
}

/**
 * Imports a TypeScript module, which Node 20 cannot: as a bundle in the temporary folder. Packages are not part of it.
 *
 * @param {string | URL} url
 */
export async function importTypeScript(url) {
  const folder = mkdtempSync(join(tmpdir(), 'berth-bundle-'))
  const outfile = join(folder, 'bundle.mjs')
  /** @type {import('esbuild').Plugin} */
  const packages = {
    name: 'packages',
    setup: ({ onResolve }) =>
      onResolve({ filter: /^[^./]/ }, ({ path }) => ({ path: import.meta.resolve(path), external: true })),
  }
  try {
    await build({
      entryPoints: [fileURLToPath(url)],
      outfile,
      bundle: true,
      platform: 'node',
      target: 'node20.19',
      format: 'esm',
      plugins: [packages, places],
    })
    return await import(pathToFileURL(outfile).href)
  } finally {
    rmSync(folder, { recursive: true })
  }
}
