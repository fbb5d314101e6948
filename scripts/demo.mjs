// npm run demo: a throw-away registry, small images in it, and the four documented deletions through berth.

import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { prepare, root } from './prepare.mjs'
import { pushImage } from './push-image.mjs'

const REPOSITORY = 'project-a/nginx-web-app'
const OTHER_ACCOUNT = '123456789098'
const BERTHD = join(root, 'packages/server/dist/berthd.js')
const BERTH = join(root, 'packages/cli/dist/berth.js')
const START_SECONDS = 20

prepare()
const folder = mkdtempSync(join(tmpdir(), 'berth-demo-'))
// Whatever the person has set for another registry must not reach it from here, nor a proxy come between; nor may
// settings of their own server make this one keep its images there.
const environment = Object.fromEntries(
  Object.entries(process.env).filter(([name]) => !/^(?:AWS|BERTH)_|_proxy$/i.test(name)),
)
const server = spawn(process.execPath, [BERTHD, '--host', '127.0.0.1', '--port', '0', '--data-dir', folder], {
  env: environment,
  stdio: ['ignore', 'pipe', 'pipe'],
})
try {
  const url = await listening()
  console.log(`A throw-away registry serves at ${url}.\n`)
  const us = caller('$', url, { AWS_SHARED_CREDENTIALS_FILE: join(folder, 'credentials') })
  us.shows('create-repository', '--repository-name', REPOSITORY)
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
  us.shows(...deletion(`imageDigest=${first}`))
  console.log('2. By tag: the image goes with its last tag.')
  us.shows(...deletion('imageTag=_temp'))
  console.log('3. Several at once.')
  us.shows(...deletion('imageTag=temp2.0', `imageDigest=${untagged}`))

  console.log('4. In the registry of another account, which lets ours delete images there.')
  const { registryId } = JSON.parse(us.runs('describe-registries', '--query', 'registries[0]'))
  const them = caller(`${OTHER_ACCOUNT} $`, url, otherAccount())
  them.runs('create-repository', '--repository-name', REPOSITORY)
  const theirs = await them.pushes('temp2.0')
  const statement = { Effect: 'Allow', Principal: { AWS: registryId }, Action: 'ecr-public:BatchDeleteImage' }
  const policy = JSON.stringify({ Version: '2012-10-17', Statement: [statement] })
  them.shows('set-repository-policy', '--repository-name', REPOSITORY, '--policy-text', policy)
  us.shows(...deletion(`imageDigest=${theirs}`), '--registry-id', OTHER_ACCOUNT, '--region', 'us-east-1')

  console.log('Nothing is left, here or there:')
  for (const each of [us, them]) each.shows('describe-images', '--repository-name', REPOSITORY)
} finally {
  server.kill('SIGTERM')
  if (server.exitCode === null) await once(server, 'exit')
  rmSync(folder, { recursive: true, force: true })
}

/**
 * The URL the server says it serves at.
 *
 * @returns {Promise<string>}
 */
function listening() {
  return new Promise((resolve, reject) => {
    let output = ''
    const timer = setTimeout(() => reject(new Error(`The registry did not start:\n${output}`)), START_SECONDS * 1000)
    const read = (/** @type {Buffer} */ bytes) => {
      output += bytes
      const url = /serving at (http:\/\/\S+)/.exec(output)?.[1]
      if (url === undefined) return
      clearTimeout(timer)
      resolve(url)
    }
    server.stdout.on('data', read)
    server.stderr.on('data', read)
    server.once('exit', code => reject(new Error(`The registry ended with ${code}:\n${output}`)))
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
    AWS_REGION: 'us-east-1',
    AWS_ENDPOINT_URL: url,
    ...credentials,
  }
  const runs = (/** @type {string[]} */ ...args) => succeed([BERTH, 'ecr-public', ...args], env)
  return {
    runs,
    shows(/** @type {string[]} */ ...args) {
      console.log(`${prompt} berth ecr-public ${args.map(quoted).join(' ')}`)
      console.log(runs(...args))
    },
    async pushes(/** @type {string | undefined} */ tag = undefined) {
      const query = ['--query', 'repositories[0].repositoryUri', '--output', 'text']
      const uri = runs('describe-repositories', '--repository-names', REPOSITORY, ...query).trim()
      const repository = uri.slice(uri.indexOf('/') + 1)
      const digest = await pushImage({ url, repository, password: runs('get-login-password').trim(), tag })
      console.log(`Pushed ${uri}${tag === undefined ? '' : `:${tag}`} (${digest})`)
      return digest
    },
  }
}

/** Makes a second account with a registry of its own and one user, and returns that user's key. */
function otherAccount() {
  const admin = (/** @type {string[]} */ ...args) =>
    JSON.parse(succeed([BERTHD, 'admin', ...args, '--data-dir', folder], environment))
  const owner = ['--account', OTHER_ACCOUNT]
  admin('account', 'create', '--account-id', OTHER_ACCOUNT, '--alias', 'project-b')
  admin('user', 'create', ...owner, '--name', 'owner')
  const everything = { Effect: 'Allow', Action: ['ecr-public:*', 'sts:GetServiceBearerToken'], Resource: '*' }
  const document = JSON.stringify({ Version: '2012-10-17', Statement: [everything] })
  admin('policy', 'put', ...owner, '--user', 'owner', '--name', 'everything', '--document', document)
  const { accessKeyId, secretAccessKey } = admin('key', 'create', ...owner, '--user', 'owner')
  return { AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey }
}

/**
 * Runs one program, which must succeed, and returns what it prints.
 *
 * @param {readonly string[]} command
 * @param {NodeJS.ProcessEnv} env
 */
function succeed(command, env) {
  const { status, stdout, stderr } = spawnSync(process.execPath, command, { env, encoding: 'utf8' })
  if (status !== 0) throw new Error(`${command.join(' ')}\nexit code ${status}\n${stderr}`)
  return stdout
}

/**
 * As one would type it.
 *
 * @param {string} word
 */
function quoted(word) {
  return /^[\w./:=@-]+$/.test(word) ? word : `'${word}'`
}
