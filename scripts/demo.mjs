// npm run demo: a throw-away registry, small images in it, and the four documented deletions through berth. With --keep
// it then serves images for a look at the gallery, until Ctrl-C. However it ends, nothing is left of it: no folder, no
// process. Programs run beside it rather than in its place, so that it hears Ctrl-C at once.

import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { constants, tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { prepare, root } from './prepare.mjs'
import { pushImage } from './push-image.mjs'

const REPOSITORY = 'project-a/nginx-web-app'
const OTHER_ACCOUNT = '123456789098'
const BERTHD = join(root, 'packages/server/dist/berthd.js')
const BERTH = join(root, 'packages/cli/dist/berth.js')
const START_SECONDS = 20
const STOP_SECONDS = 5
const run = promisify(execFile)

/** @type {Record<string, number>} */
const SIGNALS = {
  SIGHUP: constants.signals.SIGHUP,
  SIGINT: constants.signals.SIGINT,
  SIGTERM: constants.signals.SIGTERM,
}

const unknown = process.argv.slice(2).filter(argument => argument !== '--keep')
if (unknown.length > 0) {
  console.error(`npm run demo knows --keep alone, and not ${unknown.join(' ')}.`)
  process.exit(2)
}
const isKept = process.argv.includes('--keep')
prepare()
const stop = new AbortController()
/** Settles when somebody ends the demo. Its reader went away where the code is that of a broken pipe. */
const stopped = new Promise(resolve => {
  const end = (/** @type {number} */ code) => {
    stop.abort()
    resolve(code)
  }
  for (const [signal, number] of Object.entries(SIGNALS)) process.on(signal, () => end(128 + number))
  for (const stream of [process.stdout, process.stderr]) stream.on('error', () => end(128 + constants.signals.SIGPIPE))
})
const folder = mkdtempSync(join(tmpdir(), 'berth-demo-'))
// Whatever the person has set for another registry must not reach it from here, nor a proxy come between; nor may
// settings of their own server make this one keep its images there.
const environment = {
  ...Object.fromEntries(Object.entries(process.env).filter(([name]) => !/^(?:AWS|BERTH)_|_proxy$/i.test(name))),
  XDG_CACHE_HOME: folder, // compiled code, which would stay
}
const server = spawn(process.execPath, [BERTHD, '--host', '127.0.0.1', '--port', '0', '--data-dir', folder], {
  env: environment,
  stdio: ['ignore', 'pipe', 'pipe'],
})
const ended = once(server, 'exit')
// Where even SIGKILL ends the demo, its end of this pipe closes: the server and the folder go then, too. Ctrl-C reaches
// the demo alone.
const CLEAN_UP = 'cat >/dev/null; kill "$0"; while kill -0 "$0"; do sleep 0.1; done 2>/dev/null; rm -rf "$1"'
const guard = spawn('sh', ['-c', CLEAN_UP, String(server.pid), folder], {
  stdio: ['pipe', 'ignore', 'ignore'],
  detached: true,
})
const unguarded = once(guard, 'exit')
try {
  process.exitCode = await Promise.race([show().then(() => (isKept ? stopped : 0)), stopped])
} catch (error) {
  process.exitCode = 1
  console.error(error instanceof Error ? error.message : error)
} finally {
  stop.abort()
  // A server that is ending may be told twice, by the terminal and from here. SIGKILL is the one that it cannot ignore.
  server.kill('SIGTERM')
  const timer = setTimeout(() => server.kill('SIGKILL'), STOP_SECONDS * 1000)
  await ended
  clearTimeout(timer)
  guard.kill('SIGKILL')
  await unguarded
  rmSync(folder, { recursive: true, force: true })
}
// What a pipe, a timer or a request still waits for is nobody's any more.
process.exit()

async function show() {
  const url = await listening()
  console.log(`A throw-away registry serves at ${url}.\n`)
  const us = caller('$', url, { AWS_SHARED_CREDENTIALS_FILE: join(folder, 'credentials') })
  await us.shows('create-repository', '--repository-name', REPOSITORY)
  const first = await us.pushes('latest')
  await us.pushes('_temp')
  await us.pushes('temp2.0')
  const untagged = await us.pushes()

  const deletion = (/** @type {string[]} */ ...ids) => [
    'batch-delete-image',
    '--repository-name',
    REPOSITORY,
    '--image-ids',
    ...ids,
  ]
  console.log('\n1. By digest: the image and all its tags go.')
  await us.shows(...deletion(`imageDigest=${first}`))
  console.log('2. By tag: the image goes with its last tag.')
  await us.shows(...deletion('imageTag=_temp'))
  console.log('3. Several at once.')
  await us.shows(...deletion('imageTag=temp2.0', `imageDigest=${untagged}`))

  console.log('4. In the registry of another account, which lets ours delete images there.')
  const { registryId } = JSON.parse(await us.runs('describe-registries', '--query', 'registries[0]'))
  const them = caller(`${OTHER_ACCOUNT} $`, url, await otherAccount())
  await them.runs('create-repository', '--repository-name', REPOSITORY)
  const theirs = await them.pushes('temp2.0')
  const statement = { Effect: 'Allow', Principal: { AWS: registryId }, Action: 'ecr-public:BatchDeleteImage' }
  const policy = JSON.stringify({ Version: '2012-10-17', Statement: [statement] })
  await them.shows('set-repository-policy', '--repository-name', REPOSITORY, '--policy-text', policy)
  await us.shows(...deletion(`imageDigest=${theirs}`), '--registry-id', OTHER_ACCOUNT, '--region', 'us-east-1')

  console.log('Nothing is left, here or there:')
  for (const each of [us, them]) await each.shows('describe-images', '--repository-name', REPOSITORY)
  if (isKept) await fillGallery(url, us)
}

/**
 * @param {string} url
 * @param {ReturnType<typeof caller>} us
 */
async function fillGallery(url, us) {
  for (const tag of ['1.9', '1.10', 'latest']) await us.pushes(tag)
  const data = {
    description: 'A web app for a look around',
    aboutText: '# A web app\n\nPushed by `npm run demo -- --keep`.',
  }
  await us.runs('put-repository-catalog-data', '--repository-name', REPOSITORY, '--catalog-data', JSON.stringify(data))
  console.log(`\nThe gallery is at ${url}/ until you press Ctrl-C; then nothing is left.`)
}

/**
 * The URL the server says it serves at.
 *
 * @returns {Promise<string>}
 */
function listening() {
  return new Promise((resolve, reject) => {
    let output = ''
    const fail = (/** @type {string} */ what) => reject(new Error(`The registry ${what}:\n${output}`))
    setTimeout(() => fail('did not start'), START_SECONDS * 1000).unref()
    const read = (/** @type {Buffer} */ bytes) => {
      output += bytes
      const url = /serving at (http:\/\/\S+)/.exec(output)?.[1]
      if (url !== undefined) resolve(url)
    }
    server.stdout.on('data', read)
    server.stderr.on('data', read)
    server.once('exit', code => fail(`ended with ${code}`))
  })
}

/**
 * Somebody at a terminal, with a prompt and with credentials for the registry.
 *
 * @param {string} prompt
 * @param {string} url
 * @param {Record<string, string>} credentials
 */
function caller(prompt, url, credentials) {
  const env = {
    ...environment,
    AWS_CONFIG_FILE: join(folder, 'no-config'),
    XDG_CACHE_HOME: folder, // compiled code goes with the rest
    AWS_REGION: 'us-east-1',
    AWS_ENDPOINT_URL: url,
    ...credentials,
  }
  const runs = (/** @type {string[]} */ ...args) => succeed([BERTH, 'ecr-public', ...args], env)
  return {
    runs,
    async shows(/** @type {string[]} */ ...args) {
      console.log(`${prompt} berth ecr-public ${args.map(quoted).join(' ')}`)
      console.log(await runs(...args))
    },
    async pushes(/** @type {string | undefined} */ tag = undefined) {
      const query = ['--query', 'repositories[0].repositoryUri', '--output', 'text']
      const uri = (await runs('describe-repositories', '--repository-names', REPOSITORY, ...query)).trim()
      const repository = uri.slice(uri.indexOf('/') + 1)
      const password = (await runs('get-login-password')).trim()
      const digest = await pushImage({ url, repository, password, tag })
      console.log(`Pushed ${uri}${tag === undefined ? '' : `:${tag}`} (${digest})`)
      return digest
    },
  }
}

/** Makes a second account with a registry of its own and one user, and returns that user's key. */
async function otherAccount() {
  const admin = async (/** @type {string[]} */ ...args) =>
    JSON.parse(await succeed([BERTHD, 'admin', ...args, '--data-dir', folder], environment))
  const owner = ['--account', OTHER_ACCOUNT]
  await admin('account', 'create', '--account-id', OTHER_ACCOUNT, '--alias', 'project-b')
  await admin('user', 'create', ...owner, '--name', 'owner')
  const everything = { Effect: 'Allow', Action: ['ecr-public:*', 'sts:GetServiceBearerToken'], Resource: '*' }
  const document = JSON.stringify({ Version: '2012-10-17', Statement: [everything] })
  await admin('policy', 'put', ...owner, '--user', 'owner', '--name', 'everything', '--document', document)
  const { accessKeyId, secretAccessKey } = await admin('key', 'create', ...owner, '--user', 'owner')
  return { AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey }
}

/**
 * Runs one program, which must succeed, and resolves to what it prints.
 *
 * @param {readonly string[]} command
 * @param {NodeJS.ProcessEnv} env
 */
async function succeed(command, env) {
  try {
    return (await run(process.execPath, command, { env, signal: stop.signal })).stdout
  } catch (error) {
    const { code, stderr } = /** @type {import('node:child_process').ExecFileException} */ (error)
    throw new Error(`${command.join(' ')}\nexit code ${code}\n${stderr}`)
  }
}

/**
 * As one would type it.
 *
 * @param {string} word
 */
function quoted(word) {
  return /^[\w./:=@-]+$/.test(word) ? word : `'${word}'`
}
