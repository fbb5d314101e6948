// npm run picture: records a session of both programs, and draws it as docs/session.svg. With --print, the picture goes
// to standard output and no file is written. What each run chooses for itself is masked: accounts and ages.

import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { drawTerminal } from './draw-terminal.mjs'
import { prepare, root } from './prepare.mjs'
import { pushImage } from './push-image.mjs'

const REPOSITORY = 'project-a/web'
/** What is pushed, oldest first: tags, and how many bytes their layers have. */
const IMAGES = /** @type {const} */ ([
  ['v1.0', 4_180_000],
  ['v1.1', 4_230_000],
  ['v1.2', 4_390_000],
  ['v2.0', 3_810_000],
  ['v2.1', 3_840_000],
])
/** What is typed, each with what it is for. */
const SESSION = /** @type {const} */ ([
  [
    'What is beyond the two newest releases?',
    ['clean', '--repository-name', REPOSITORY, '--tag', 'v*', '--keep', '2', '--dry-run'],
  ],
  [
    'Delete one of them, as on ECR Public.',
    ['ecr-public', 'batch-delete-image', '--repository-name', REPOSITORY, '--image-ids', 'imageTag=v1.2'],
  ],
  [
    'It was still needed: take it back.',
    [
      ...['images', 'restore', '--repository-name', REPOSITORY, '--image-ids', 'imageTag=v1.2'],
      ...['--query', 'restoredImages[].[imageTags[0],imageDigest]', '--output', 'text'],
    ],
  ],
  ['Who did what?', ['audit', '--query', 'auditRecords[-2:].[action,repositoryName,principal]', '--output', 'text']],
])
/** What is typed goes on in the next line behind these. */
const COLUMNS = 96
const TITLE = 'A session: what would be cleaned up, a deletion, its undoing, and the log of both'

const run = promisify(execFile)
if (!process.argv.includes('--print')) prepare()
const folder = mkdtempSync(join(tmpdir(), 'berth-picture-'))
// Nothing that the person has set for a registry of their own must count here.
const environment = Object.fromEntries(
  Object.entries(process.env).filter(([name]) => !/^(?:AWS|BERTH)_|_proxy$/i.test(name)),
)
const berthd = join(root, 'packages/server/dist/berthd.js')
const server = spawn(
  process.execPath,
  [berthd, '--host', '127.0.0.1', '--port', '0', '--data-dir', join(folder, 'data')],
  {
    env: environment,
    stdio: ['ignore', 'pipe', 'inherit'],
  },
)
const ended = once(server, 'exit')
try {
  const url = await listening()
  const berth = client(url)
  await push(url, berth)
  const picture = drawTerminal(await play(berth), TITLE)
  if (process.argv.includes('--print')) process.stdout.write(picture)
  else writeFileSync(join(root, 'docs/session.svg'), picture)
} finally {
  server.kill('SIGTERM')
  await ended
  rmSync(folder, { recursive: true, force: true })
}

/**
 * The URL the server says it serves at.
 *
 * @returns {Promise<string>}
 */
async function listening() {
  let output = ''
  for await (const bytes of server.stdout) {
    output += bytes
    const url = /serving at (http:\/\/\S+)/.exec(output)?.[1]
    if (url !== undefined) return url
  }
  throw new Error(`The registry did not start:\n${output}`)
}

/**
 * The command line of somebody who has the first key.
 *
 * @param {string} url
 * @returns {(...args: readonly string[]) => Promise<string>}
 */
function client(url) {
  const env = {
    ...environment,
    AWS_CONFIG_FILE: join(folder, 'no-config'),
    AWS_SHARED_CREDENTIALS_FILE: join(folder, 'data/credentials'),
    AWS_REGION: 'us-east-1',
    AWS_ENDPOINT_URL: url,
  }
  const program = join(root, 'packages/cli/dist/berth.js')
  return async (...args) => (await run(process.execPath, [program, ...args], { env })).stdout
}

/**
 * Makes the repository and its images; the same bytes at each run, so that their digests are the same.
 *
 * @param {string} url
 * @param {ReturnType<typeof client>} berth
 */
async function push(url, berth) {
  const uri = ['--query', 'repository.repositoryUri', '--output', 'text']
  const made = await berth('ecr-public', 'create-repository', '--repository-name', REPOSITORY, ...uri)
  const repository = made.trim().slice(made.indexOf('/') + 1)
  const password = (await berth('ecr-public', 'get-login-password')).trim()
  for (const [tag, bytes] of IMAGES)
    await pushImage({ url, repository, password, tag, layer: Buffer.alloc(bytes, tag) })
}

/**
 * Runs the session, and returns its lines as a terminal would have them.
 *
 * @param {ReturnType<typeof client>} berth
 * @returns {Promise<import('./draw-terminal.mjs').Line[]>}
 */
async function play(berth) {
  /** @type {import('./draw-terminal.mjs').Line[]} */
  const lines = []
  for (const [about, args] of SESSION) {
    const shown = masked(await berth(...args))
      .trimEnd()
      .split('\n')
    lines.push({ kind: 'comment', text: `# ${about}` })
    for (const text of typed(args)) lines.push({ kind: 'typed', text })
    for (const text of shown) lines.push({ kind: 'shown', text })
    lines.push({ kind: 'shown', text: '' })
  }
  return lines.slice(0, -1)
}

/**
 * Accounts are made up at each start, and images are some seconds old: how many, nobody can foresee.
 *
 * @param {string} text
 */
function masked(text) {
  return text
    .replaceAll('\t', '  ')
    .replace(/(arn:aws:iam::)\d{12}/g, '$1123456789012')
    .replace(/( +)(\d+s)(?= )/g, (_, blanks, age) => '1s'.padStart(blanks.length + age.length))
}

/**
 * The command as one types it, the options that do not fit in lines of their own.
 *
 * @param {readonly string[]} args
 */
function typed(args) {
  const words = ['berth', ...args].map(word => (/^[\w./:=@-]+$/.test(word) ? word : `'${word}'`))
  /** Each option with what it is given. */
  const parts = words.join(' ').split(/ (?=--)/)
  const lines = [`$ ${parts[0]}`]
  for (const part of parts.slice(1)) {
    const line = `${lines.at(-1)} ${part}`
    if (line.length <= COLUMNS) lines[lines.length - 1] = line
    else lines.push(`    ${part}`)
  }
  return lines.map((line, index) => (index < lines.length - 1 ? `${line} \\` : line))
}
