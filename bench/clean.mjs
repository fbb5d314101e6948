// npm run bench:clean: what it costs to clean a repository of untagged multi-arch images, by `berth clean` and by a
// shell loop of AWS CLI. See README.md.

import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { groupsOf } from './groups-of.mjs'
import { paint } from './report.mjs'
import { LIFTED, startBerth } from './servers.mjs'

const INDEX_TYPE = 'application/vnd.oci.image.index.v1+json'
const AT_ONCE = 8
const ARCHITECTURES = ['amd64', 'arm64']
const path = relative => fileURLToPath(new URL(relative, import.meta.url))
const bundle = path('../packages/cli/dist/berth.js')
const aws = '/usr/bin/aws'

const { values: options } = parseArgs({ options: { indexes: { type: 'string', default: '3000' } } })
const indexes = Number(options.indexes)
for (const [file, remedy] of [
  [bundle, 'npm run build'],
  [aws, 'apt-get install awscli'],
]) {
  if (existsSync(file)) continue
  console.error(`there is no ${file}: ${remedy}`)
  process.exit(1)
}

const server = await startBerth()
const base = `http://${server.host}:${server.port}`
try {
  const env = environment()
  const images = indexes * (1 + ARCHITECTURES.length)
  await push()
  const berth = measure(env, [process.execPath, bundle, 'clean', '--repository-name', 'bench', '--untagged', '--yes'])
  requireClean(env)
  await push()
  const passes = [1, 2].map(() => measure(env, ['/bin/bash', '-c', awsPass()]))
  requireClean(env)
  const rows = [
    ['', 'time', 'images a second', 'peak memory'],
    ['berth clean', seconds(berth), rate(images, berth), `${berth.mib.toFixed(0)} MiB`],
    ...passes.map((pass, i) => [`aws, pass ${i + 1}`, seconds(pass), '', '']),
    ['aws, both', seconds(sum(passes)), rate(images, sum(passes)), ''],
  ]
  console.log(
    `${images} untagged images, ${indexes} of them indexes, Node ${process.version}, berthd ${LIFTED.join(' ')}\n\n${paint(rows)}`,
  )
} finally {
  await server.stop()
}

/**
 * What a shell does: everything untagged, a hundred at a time. An index goes at its turn, what it lists at the next
 * pass.
 */
function awsPass() {
  const call = `${aws} ecr-public --endpoint-url ${base}`
  const untagged = "'imageDetails[?!not_null(imageTags)].imageDigest'"
  return `${call} describe-images --repository-name bench --query ${untagged} --output text | tr '\\t' '\\n' | grep sha256 |
    sed 's/^/imageDigest=/' | xargs -r -n 100 ${call} batch-delete-image --repository-name bench --image-ids > /dev/null`
}

/** Indexes without tags over images without tags, all with the layers of the one image that the server begins with. */
async function push() {
  const headers = { authorization: server.authorization }
  const answer = await fetch(base + server.manifestPath, { headers })
  const first = /** @type {object} */ (await answer.json())
  const put = async (mediaType, content) => {
    const body = JSON.stringify({ ...content, mediaType })
    const digest = `sha256:${createHash('sha256').update(body).digest('hex')}`
    const url = `${base}/v2/${server.repository}/manifests/${digest}`
    const answer = await fetch(url, { method: 'PUT', body, headers: { ...headers, 'content-type': mediaType } })
    if (!answer.ok) throw new Error(`PUT ${url}: ${answer.status} ${await answer.text()}`)
    await answer.arrayBuffer()
    return { mediaType, digest, size: body.length }
  }
  let next = 0
  const worker = async () => {
    while (next < indexes) {
      const seed = String(next++)
      const manifests = []
      for (const architecture of ARCHITECTURES) {
        const image = await put(server.manifestType, { ...first, annotations: { seed, architecture } })
        manifests.push({ ...image, platform: { os: 'linux', architecture } })
      }
      await put(INDEX_TYPE, { schemaVersion: 2, manifests })
    }
  }
  await Promise.all(Array.from({ length: AT_ONCE }, worker))
}

function measure(env, command) {
  const input = JSON.stringify({ env, rounds: 1, commands: { it: command } })
  const { status, stdout, stderr } = spawnSync('python3', [path('measure.py')], { input, encoding: 'utf8' })
  if (status !== 0) throw new Error(`${command.join(' ')}\nexit code ${status}\n${stderr}`)
  return JSON.parse(stdout)
}

function requireClean(env) {
  const args = ['clean', '--repository-name', 'bench', '--older-than', '0s', '--dry-run', '--output', 'json']
  const { stdout, stderr } = spawnSync(process.execPath, [bundle, ...args], { env, encoding: 'utf8' })
  if (JSON.parse(stdout).repositories[0].imageCount !== 1) throw new Error(`images are left\n${stdout}${stderr}`)
}

function environment() {
  const file = readFileSync(join(server.folder, 'credentials'), 'utf8')
  const value = name => groupsOf(new RegExp(`${name}\\s*=\\s*(\\S+)`), file)[0]
  return {
    PATH: '/usr/bin:/bin',
    HOME: '/nonexistent',
    AWS_ENDPOINT_URL: base,
    AWS_ACCESS_KEY_ID: value('aws_access_key_id'),
    AWS_SECRET_ACCESS_KEY: value('aws_secret_access_key'),
    AWS_DEFAULT_REGION: 'us-east-1',
  }
}

function sum(costs) {
  return { ms: costs.reduce((total, { ms }) => total + ms, 0) }
}

function seconds({ ms }) {
  return `${(ms / 1000).toFixed(1)} s`
}

function rate(images, { ms }) {
  return (images / (ms / 1000)).toFixed(0)
}
