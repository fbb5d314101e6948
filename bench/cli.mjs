// npm run bench:cli: what one `batch-delete-image` costs as a whole process, by berth and by AWS CLI, against one
// server. See README.md for what is measured and how to read it.

import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { groupsOf } from './groups-of.mjs'
import { median, paint } from './report.mjs'
import { LIFTED, startBerth } from './servers.mjs'

const WARM_UP_ROUNDS = 2
const path = relative => fileURLToPath(new URL(relative, import.meta.url))
const bundle = path('../packages/cli/dist/berth.js')
const executable = path('../packages/cli/dist/berth')
const aws = '/usr/bin/aws'

const { values: options } = parseArgs({
  options: { rounds: { type: 'string', default: '20' }, json: { type: 'string' } },
})

const lacking = [
  existsSync(bundle) ? [] : 'berth is not built: npm run build',
  existsSync(executable) ? [] : 'the executable is not built: npm run build:binary',
  existsSync(aws) ? [] : `there is no ${aws}: apt-get install awscli`,
].flat()
if (lacking.length > 0) {
  console.error(lacking.join('\n'))
  process.exit(1)
}

const costs = await measure(Number(options.rounds) + WARM_UP_ROUNDS)
const counted = costs.filter(({ round }) => round >= WARM_UP_ROUNDS)
const of = (name, key) => median(counted.filter(cost => cost.name === name).map(cost => cost[key]))

const names = [...new Set(costs.map(({ name }) => name))]
const programs = names.map(name => [
  name,
  `${of(name, 'ms').toFixed(1)} ms`,
  `${of(name, 'cpuMs').toFixed(1)} ms`,
  `${of(name, 'mib').toFixed(1)} MiB`,
])
const targets = [
  atLeast('bundle, times faster than aws', of('aws', 'ms') / of('bundle', 'ms'), 5),
  atMost('bundle, time of node -e 0', of('bundle', 'ms') / of('node -e 0', 'ms'), 2),
  atMost('bundle, memory of aws', of('bundle', 'mib') / of('aws', 'mib'), 1),
  atLeast('executable, times faster than aws', of('aws', 'ms') / of('executable', 'ms'), 15),
  atMost('executable, memory of aws', of('executable', 'mib') / of('aws', 'mib'), 0.7),
]
console.log(
  `ecr-public batch-delete-image, median of ${options.rounds} runs, Node ${process.version}, berthd ${LIFTED.join(' ')}\n`,
)
console.log(`${paint([['', 'time', 'CPU', 'peak memory'], ...programs])}\n`)
console.log(paint([['', 'ratio', 'target', ''], ...targets]))
if (options.json) writeFileSync(options.json, JSON.stringify({ options, costs, targets }, null, 2))

/** What every run of every program has cost, program after program in turn, so that a busy moment hits all alike. */
async function measure(rounds) {
  const server = await startBerth()
  try {
    const deletion = [
      ...['ecr-public', 'batch-delete-image', '--endpoint-url', `http://${server.host}:${server.port}`],
      ...['--repository-name', 'bench', '--image-ids', 'imageTag=absent'],
    ]
    const commands = {
      aws: [aws, ...deletion],
      bundle: [process.execPath, bundle, ...deletion],
      executable: [executable, ...deletion],
      'node -e 0': [process.execPath, '-e', '0'],
    }
    const env = environment(server.folder)
    requireSameAnswer(Object.values(commands).slice(0, 3), env)
    const input = JSON.stringify({ env, rounds, commands })
    const { status, stdout, stderr } = spawnSync('python3', [path('measure.py')], { input, encoding: 'utf8' })
    if (status !== 0) throw new Error(`measure.py: exit code ${status}\n${stderr}`)
    return stdout
      .trimEnd()
      .split('\n')
      .map(line => JSON.parse(line))
  } finally {
    await server.stop()
  }
}

/** Nothing of the user's own: static credentials, a region, and no settings to read. */
function environment(folder) {
  const file = readFileSync(join(folder, 'credentials'), 'utf8')
  const [accessKeyId] = groupsOf(/aws_access_key_id\s*=\s*(\S+)/, file)
  const [secretAccessKey] = groupsOf(/aws_secret_access_key\s*=\s*(\S+)/, file)
  return {
    PATH: '/usr/bin:/bin',
    HOME: '/nonexistent',
    XDG_CACHE_HOME: folder,
    AWS_ACCESS_KEY_ID: accessKeyId,
    AWS_SECRET_ACCESS_KEY: secretAccessKey,
    AWS_DEFAULT_REGION: 'us-east-1',
  }
}

/**
 * A program that fails fast would win: all must print what the first prints, which tells of an image that is not there.
 */
function requireSameAnswer(commands, env) {
  const answers = commands.map(([program, ...args]) => spawnSync(program, args, { env, encoding: 'utf8' }))
  for (const { status, stdout, stderr } of answers) {
    if (status === 0 && stdout === answers[0].stdout && stdout.includes('ImageNotFound')) continue
    throw new Error(`unexpected answer, exit code ${status}\n${stdout}${stderr}`)
  }
}

function atLeast(name, ratio, target) {
  return [name, `${ratio.toFixed(2)}x`, `>= ${target.toFixed(1)}x`, ratio >= target ? 'met' : 'NOT MET']
}

function atMost(name, ratio, target) {
  return [name, `${ratio.toFixed(2)}x`, `<= ${target.toFixed(1)}x`, ratio <= target ? 'met' : 'NOT MET']
}
