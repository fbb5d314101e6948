// node scripts/make-release.mjs COMMIT: makes e2e/replicas/release-of-COMMIT.tar.gz, the server of that commit for the
// test of rolling upgrades. It holds what is written here and nothing else: the libraries are those of this checkout.

import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { build } from 'esbuild'
import { root } from './prepare.mjs'

const [commit = ''] = process.argv.slice(2)
if (!/^[0-9a-f]{7}$/.test(commit)) {
  console.error('node scripts/make-release.mjs COMMIT, by seven digits')
  process.exit(1)
}
const made = join(root, `e2e/replicas/release-of-${commit}.tar.gz`)

const folder = mkdtempSync(join(tmpdir(), 'berth-release-'))
try {
  const sources = join(folder, 'sources')
  mkdirSync(sources)
  const { stdout: archive } = run('git', ['-C', root, 'archive', commit, 'packages', 'tsconfig.base.json'])
  run('tar', ['--extract', '--directory', sources], archive)
  const release = join(folder, 'release')
  await bundle(sources, join(release, 'dist'))
  const about = { type: 'module', imports: { '#sqlite': '@photostructure/sqlite' } }
  writeFileSync(join(release, 'package.json'), JSON.stringify(about))
  const same = ['--sort=name', '--mtime=@0', '--owner=0', '--group=0', '--numeric-owner']
  run('tar', ['--create', '--gzip', `--file=${made}`, ...same, '--directory', folder, 'release'])
} finally {
  rmSync(folder, { recursive: true, force: true })
}

/**
 * Puts the program and its threads into `dist`, side by side: a thread is named by its place beside who starts it.
 *
 * @param {string} sources
 * @param {string} dist
 */
async function bundle(sources, dist) {
  const server = join(sources, 'packages/server/src')
  const names = readdirSync(server, { recursive: true, encoding: 'utf8' })
  await build({
    entryPoints: ['berthd.ts', ...names.filter(name => name.endsWith('-thread.ts') && !name.includes('-on-'))].map(
      name => join(server, name),
    ),
    ...{ outdir: dist, entryNames: '[name]', chunkNames: 'part-[hash]' },
    ...{ bundle: true, splitting: true, minify: true, format: 'esm', platform: 'node', target: 'node20.19' },
    ...{ absWorkingDir: folder, legalComments: 'none' },
    plugins: [
      {
        name: 'libraries-stay-outside',
        setup({ onResolve }) {
          onResolve({ filter: /^[^./]/ }, ({ path, kind }) => {
            const [, name, part] = /^@berth\/(\w+)(?:\/(\w+))?$/.exec(path) ?? []
            if (name !== undefined)
              return { path: join(sources, 'packages', name, 'src', part ? `${part}/operations.ts` : 'index.ts') }
            return kind === 'entry-point' ? undefined : { path, external: true }
          })
        },
      },
    ],
  })
}

/**
 * Runs a program, which must succeed.
 *
 * @param {string} program
 * @param {readonly string[]} args
 * @param {Buffer} [input]
 */
function run(program, args, input) {
  const outcome = spawnSync(program, args, { input, maxBuffer: 2 ** 30, stdio: ['pipe', 'pipe', 'inherit'] })
  if (outcome.status !== 0) throw new Error(`${program} ${args.join(' ')}: exit code ${outcome.status}`)
  return outcome
}
