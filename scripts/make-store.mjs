// node scripts/make-store.mjs: makes e2e/gallery/store-of-28efbdf.tar.gz anew, a small store as that commit wrote it:
// the last one before tags had an order and images a platform in the rows. A test upgrades a copy of it. The key in it
// opens nothing else. The commit is built in a folder of its own, which takes a minute.

import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { root } from './prepare.mjs'
import { pushImage } from './push-image.mjs'

const COMMIT = '28efbdf'
const REPOSITORY = 'project-a/web'
/** Pushed in this order: by their bytes they stand in another one. */
const TAGS = ['1.10', '1.9', 'latest', '1.100']
const MADE = join(root, `e2e/gallery/store-of-${COMMIT}.tar.gz`)

const folder = mkdtempSync(join(tmpdir(), 'berth-store-'))
try {
  const checkout = process.argv[2] ?? build()
  await fill(checkout)
  run('tar', [
    '--create',
    '--gzip',
    '--file',
    MADE,
    '--exclude',
    '*.lock',
    '--exclude',
    '*-reserve',
    '--directory',
    folder,
    'data',
  ])
} finally {
  rmSync(folder, { recursive: true, force: true })
}

/** Builds the commit, and returns the folder that has it. */
function build() {
  const checkout = join(folder, 'checkout')
  run('git', ['clone', '--quiet', '--no-checkout', root, checkout])
  run('git', ['-C', checkout, 'checkout', '--quiet', COMMIT])
  run('npm', ['ci', '--silent'], checkout)
  run('npm', ['run', '--silent', 'build'], checkout)
  return checkout
}

/** @param {string} checkout */
async function fill(checkout) {
  const data = join(folder, 'data')
  const berthd = join(checkout, 'packages/server/dist/berthd.js')
  const server = spawn(process.execPath, [berthd, '--host', '127.0.0.1', '--port', '0', '--data-dir', data], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const ended = once(server, 'exit')
  try {
    const url = await addressOf(server.stdout)
    const env = { ...process.env, AWS_SHARED_CREDENTIALS_FILE: join(data, 'credentials'), AWS_ENDPOINT_URL: url }
    const berth = (/** @type {string[]} */ ...args) =>
      run(process.execPath, [join(checkout, 'packages/cli/dist/berth.js'), 'ecr-public', ...args], root, {
        ...env,
        AWS_REGION: 'us-east-1',
      }).trim()
    berth('create-repository', '--repository-name', REPOSITORY)
    const alias = berth('describe-registries', '--query', 'registries[0].aliases[0].name', '--output', 'text')
    const password = berth('get-login-password')
    for (const tag of TAGS) await pushImage({ url, repository: `${alias}/${REPOSITORY}`, password, tag })
  } finally {
    server.kill('SIGTERM')
    await ended
  }
}

/**
 * The address that the server says it serves at.
 *
 * @param {import('node:stream').Readable} output
 * @returns {Promise<string>}
 */
async function addressOf(output) {
  let text = ''
  for await (const piece of output.iterator({ destroyOnReturn: false })) {
    text += piece
    const [, url] = /serving at (http:\/\/\S+)/.exec(text) ?? []
    if (url !== undefined) return url
  }
  throw new Error(`the server ended: ${text}`)
}

/**
 * Runs a program, which must succeed, and returns what it prints.
 *
 * @param {string} program
 * @param {readonly string[]} args
 * @param {string} [cwd]
 * @param {NodeJS.ProcessEnv} [env]
 */
function run(program, args, cwd = root, env = process.env) {
  const { status, stdout } = spawnSync(program, args, {
    cwd,
    env,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  if (status !== 0) throw new Error(`${program} ${args.join(' ')}: exit code ${status}`)
  return stdout
}
