import { mkdir, writeFile } from 'node:fs/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { sampled } from '../../testing/in-full.ts'
import { BERTH, buildExecutable, EXECUTABLE } from '../support/berth.ts'
import { makeImage, sha256 } from '../support/images.ts'
import { pushImage } from '../support/push.ts'
import { type Registry, startRegistry } from '../support/registry.ts'
import { type Outcome, type RunOptions, run } from '../support/run.ts'
import { runAws } from '../support/run-aws.ts'
import { makeScratch, type Scratch } from '../support/scratch.ts'
import { describeWith } from '../support/tools.ts'
import { changes, inventions, reads, repositoriesOf } from './commands.ts'

const PART = 'part'
/** Image URIs tell the host, and the two registries listen on ports of their own. */
const args = ['--registry-host', 'registry.example.org']
const v1 = makeImage('v1')
const v2 = makeImage('v2')
const untagged = makeImage('untagged')
const policy = (account: string) =>
  JSON.stringify({
    Version: '2012-10-17',
    Statement: [{ Effect: 'Allow', Principal: { AWS: `arn:aws:iam::${account}:root` }, Action: 'ecr-public:*' }],
  })

type Program = 'bundle' | 'executable' | 'aws'
const programs: Record<Program, (args: readonly string[], options: RunOptions) => Promise<Outcome>> = {
  bundle: (args, options) => run(process.execPath, [BERTH, ...args], options),
  executable: (args, options) => run(EXECUTABLE, args, options),
  aws: runAws,
}
const names = Object.keys(programs) as Program[]

/** What the original printed is recorded for far more of them (corpus.test.ts): here it runs beside berth. */
const ONE_IN = 5

/**
 * The same command lines by every program, each against a registry of its own: they are copies of one, so the state is
 * the same to the last timestamp. Output and exit code must be the same to the byte.
 */
describeWith(['aws'], 'berth compared with aws', () => {
  let scratch: Scratch
  const registries = new Map<Program, Registry>()
  const registryOf = (name: Program): Registry => {
    const registry = registries.get(name)
    if (!registry) throw new Error(`${name} has no registry`)
    return registry
  }
  /** What the words in angle brackets stand for. */
  const known = new Map<string, string>()

  beforeAll(async () => {
    await buildExecutable()
    scratch = await makeScratch()
    await mkdir(scratch.path('cwd'))
    await using prepared = await startRegistry({ args })
    await prepare(prepared, known)
    await prepared.stop()
    for (const name of names) registries.set(name, await startRegistry({ args, copyOf: prepared }))
    const files = {
      'ids.json': JSON.stringify([{ imageDigest: v2.manifest.digest }, { imageTag: 'v1' }]),
      'input.yaml': 'repositoryName: read/web\nimageIds:\n- imageTag: v1\n',
      'manifest.json': v1.blobs.get(v1.manifest.digest)?.toString() ?? '',
      'policy.json': policy(prepared.accountId),
      part: PART,
    }
    for (const [name, text] of Object.entries(files)) await writeFile(scratch.path('cwd', name), text)
  })
  afterAll(async () => {
    for (const registry of registries.values()) await registry[Symbol.asyncDispose]()
    await scratch?.[Symbol.asyncDispose]()
  })

  const attempt = async (name: Program, command: string): Promise<Outcome> => {
    const registry = registryOf(name)
    const words = command.replace(/<[^>]+>/g, word => known.get(word) ?? word).split(' ')
    const outcome = await programs[name](['ecr-public', ...words, '--endpoint-url', registry.url], {
      cwd: scratch.path('cwd'),
      env: {
        AWS_ACCESS_KEY_ID: registry.accessKeyId,
        AWS_SECRET_ACCESS_KEY: registry.secretAccessKey,
        AWS_DEFAULT_REGION: 'us-east-1',
      },
    })
    // Each says its own name.
    return { ...outcome, stderr: outcome.stderr.replace(/(?<![\w/.-])berth(?![\w/-])/g, 'aws') }
  }
  const byAll = async (command: string): Promise<Record<Program, Outcome>> => {
    const [bundle, executable, aws] = await Promise.all([
      attempt('bundle', command),
      attempt('executable', command),
      attempt('aws', command),
    ])
    return { bundle, executable, aws }
  }

  // Several at once: most of the time goes into starting programs.
  describe.concurrent('prints the same and exits with the same code', () => {
    it.for(sampled([...reads, ...changes], ONE_IN))('%s', async (command, { expect }) => {
      const { bundle, executable, aws } = await byAll(command)
      expect(bundle).toEqual(aws)
      expect(executable).toEqual(aws)
    })

    it.for(inventions)('%s, but for what is new each time', async (command, { expect }) => {
      const { bundle, executable, aws } = await byAll(command)
      expect(aws.exitCode).toBe(0)
      expect(withoutInventions(bundle)).toEqual(withoutInventions(aws))
      expect(withoutInventions(executable)).toEqual(withoutInventions(aws))
    })
  })

  it('leaves the same state behind', async () => {
    const state = (name: Program) => {
      const registry = registryOf(name)
      return Promise.all(
        repositoriesOf('change').map(async repositoryName => [
          repositoryName,
          await registry.control('DescribeImages', { repositoryName }).catch(String),
          await registry.control('GetRepositoryPolicy', { repositoryName }).catch(String),
          await registry.control('GetRepositoryCatalogData', { repositoryName }).catch(String),
          await registry
            .control('ListTagsForResource', { resourceArn: `${known.get('<arn>')}:repository/${repositoryName}` })
            .catch(String),
        ]),
      )
    }
    const theirs = await state('aws')
    expect(await state('bundle')).toEqual(theirs)
    expect(await state('executable')).toEqual(theirs)
  })
})

/** Fills the registry with what the commands need: repositories that hold the same, and uploads that wait. */
async function prepare(registry: Registry, known: Map<string, string>): Promise<void> {
  known.set('<account>', registry.accountId)
  known.set('<arn>', `arn:aws:ecr-public::${registry.accountId}`)
  known.set('<layer>', v1.layers[0]?.digest ?? '')
  known.set('<part>', sha256(PART))
  known.set('<v1>', v1.manifest.digest)
  known.set('<v2>', v2.manifest.digest)
  await registry.control('PutRegistryCatalogData', { displayName: 'Somebody' })
  await registry.control('CreateRepository', { repositoryName: 'read/bare' })
  for (const repositoryName of ['read/web', ...repositoriesOf('change')]) {
    const catalogData = { description: 'A “web” server', architectures: ['x86', 'ARM 64'], aboutText: '# About\n' }
    const tags = [{ Key: 'owner', Value: 'web team' }]
    await registry.control('CreateRepository', { repositoryName, catalogData, tags })
    await registry.control('SetRepositoryPolicy', { repositoryName, policyText: policy(registry.accountId) })
    await pushImage(registry, repositoryName, v1, 'v1')
    const imageManifest = v1.blobs.get(v1.manifest.digest)?.toString()
    await registry.control('PutImage', { repositoryName, imageManifest, imageTag: 'latest' })
    await pushImage(registry, repositoryName, v2, 'v2')
    const { uploadId } = await registry.control('InitiateLayerUpload', { repositoryName })
    known.set(`<upload:${repositoryName}>`, uploadId)
  }
  await pushImage(registry, 'read/web', untagged, 'soon-gone')
  const imageManifest = v1.blobs.get(v1.manifest.digest)?.toString()
  await registry.control('PutImage', { repositoryName: 'read/web', imageManifest, imageTag: 'soon-gone' })
  const upload = { repositoryName: 'change/complete', uploadId: known.get('<upload:change/complete>') }
  const layerPartBlob = Buffer.from(PART).toString('base64')
  await registry.control('UploadLayerPart', { ...upload, partFirstByte: 0, partLastByte: 3, layerPartBlob })
}

/** Times, ids and tokens by their form alone. */
function withoutInventions({ stdout, ...rest }: Outcome): Outcome {
  const text = stdout
    .replace(/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?\+00:00/g, 'TIME')
    .replace(/[\da-f]{8}-([\da-f]{4}-){3}[\da-f]{12}/g, 'ID')
    .replace(/[\w+/=.-]{100,}/g, 'TOKEN')
  return { ...rest, stdout: text }
}
