// npm run demo: a throw-away registry, small images in it, and the four documented deletions through berth.

import { spawn, spawnSync } from 'node:child_process'
import { createHash, randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { prepare, root } from './prepare.mjs'

const REPOSITORY = 'project-a/nginx-web-app'
const MANIFEST = 'application/vnd.oci.image.manifest.v1+json'
const CONFIG = 'application/vnd.oci.image.config.v1+json'
const LAYER = 'application/vnd.oci.image.layer.v1.tar'
const START_SECONDS = 20

prepare()
const folder = mkdtempSync(join(tmpdir(), 'berth-demo-'))
const server = spawn(
  process.execPath,
  [join(root, 'packages/server/dist/berthd.js'), '--host', '127.0.0.1', '--port', '0', '--data-dir', folder],
  { stdio: ['ignore', 'pipe', 'pipe'] },
)
try {
  const url = await listening()
  console.log(`A throw-away registry serves at ${url}.\n`)
  // Whatever the person has set for another registry must not reach it from here, nor a proxy come between.
  const unrelated = Object.entries(process.env).filter(([name]) => !/^AWS_|_proxy$/i.test(name))
  const environment = {
    ...Object.fromEntries(unrelated),
    AWS_SHARED_CREDENTIALS_FILE: join(folder, 'credentials'),
    AWS_CONFIG_FILE: join(folder, 'no-config'),
    AWS_REGION: 'us-east-1',
    AWS_ENDPOINT_URL: url,
  }
  const quiet = (...args) => berth(environment, args)
  const shown = (...args) => {
    console.log(`$ berth ecr-public ${args.join(' ')}`)
    console.log(berth(environment, args))
  }
  const { registryId } = JSON.parse(quiet('describe-registries', '--query', 'registries[0]'))
  shown('create-repository', '--repository-name', REPOSITORY)
  const first = push(quiet, 'latest')
  push(quiet, '_temp')
  push(quiet, 'temp2.0')
  const fourth = push(quiet, 'other')
  const fifth = push(quiet, 'last')

  const deletion = (...ids) => ['batch-delete-image', '--repository-name', REPOSITORY, '--image-ids', ...ids]
  console.log('1. By digest: the image and all its tags go.')
  shown(...deletion(`imageDigest=${first}`))
  console.log('2. By tag: the image goes with its last tag.')
  shown(...deletion('imageTag=_temp'))
  console.log('3. Several at once.')
  shown(...deletion('imageTag=temp2.0', `imageDigest=${fourth}`))
  console.log('4. In the registry of a named account.')
  shown(...deletion(`imageDigest=${fifth}`), '--registry-id', registryId, '--region', 'us-east-1')
  console.log('Nothing is left:')
  shown('describe-images', '--repository-name', REPOSITORY)
} finally {
  server.kill('SIGTERM')
  await new Promise(resolve => (server.exitCode === null ? server.once('exit', resolve) : resolve()))
  rmSync(folder, { recursive: true, force: true })
}

/** The URL the server says it serves at. */
function listening() {
  return new Promise((resolve, reject) => {
    let output = ''
    const timer = setTimeout(() => reject(new Error(`The registry did not start:\n${output}`)), START_SECONDS * 1000)
    const read = bytes => {
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

/** Runs one command, which must succeed, and returns what it prints. */
function berth(env, args) {
  const program = join(root, 'packages/cli/dist/berth.js')
  const { status, stdout, stderr } = spawnSync(process.execPath, [program, 'ecr-public', ...args], {
    env,
    encoding: 'utf8',
  })
  if (status !== 0) throw new Error(`berth ecr-public ${args.join(' ')}\nexit code ${status}\n${stderr}`)
  return stdout
}

/** Makes a small image, pushes it under a tag through the control API, and returns its digest. */
function push(run, tag) {
  const layer = upload(run, randomBytes(512))
  const config = upload(
    run,
    Buffer.from(JSON.stringify({ architecture: 'amd64', os: 'linux', config: { Labels: { tag } } })),
  )
  const manifest = JSON.stringify({
    schemaVersion: 2,
    mediaType: MANIFEST,
    config: { mediaType: CONFIG, ...config },
    layers: [{ mediaType: LAYER, ...layer }],
  })
  const answer = run('put-image', '--repository-name', REPOSITORY, '--image-manifest', manifest, '--image-tag', tag)
  return JSON.parse(answer).image.imageId.imageDigest
}

function upload(run, bytes) {
  const repository = ['--repository-name', REPOSITORY]
  const digest = `sha256:${createHash('sha256').update(bytes).digest('hex')}`
  const file = join(folder, 'part')
  writeFileSync(file, bytes)
  const { uploadId } = JSON.parse(run('initiate-layer-upload', ...repository))
  const upload = [...repository, '--upload-id', uploadId]
  const part = [
    '--part-first-byte',
    '0',
    '--part-last-byte',
    String(bytes.length - 1),
    '--layer-part-blob',
    `fileb://${file}`,
  ]
  run('upload-layer-part', ...upload, ...part)
  run('complete-layer-upload', ...upload, '--layer-digests', digest)
  return { digest, size: bytes.length }
}
