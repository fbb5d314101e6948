import { spawn } from 'node:child_process'
import { copyFile, mkdir } from 'node:fs/promises'
import { setTimeout as delay } from 'node:timers/promises'
import { CreateBucketCommand, S3Client } from '@aws-sdk/client-s3'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { describeWithSwift } from '../../testing/describe-with.ts'
import { type PostgresServer, startPostgres } from '../../testing/postgres-server.ts'
import { type SwiftServer, startSwift } from '../../testing/swift.ts'
import { OciClient } from '../oci/client.ts'
import { contentOf, type Image, mediaTypes, randomBytes, randomImage } from '../oci/content.ts'
import { Repository } from '../oci/repository.ts'
import { BERTH, berthEnvironment } from '../support/berth.ts'
import { describeEmbedded } from '../support/embedded.ts'
import { BERTHD, type Registry, startRegistry } from '../support/registry.ts'
import { bareEnvironment, run, succeed } from '../support/run.ts'
import { makeScratch, type Scratch } from '../support/scratch.ts'

const NAME = 'faults/moved'
const BUCKET = 'moved'
/** Bytes that take a while to copy, so that kills find something to interrupt. */
const LAYERS = 12
const LAYER_BYTES = 6 * 1024 * 1024

const migrateStorage = () => {
  let postgres: PostgresServer
  let swift: SwiftServer
  let scratch: Scratch
  let database: string
  let blobs: string
  let env: Record<string, string>

  beforeAll(async () => {
    const started = await startPostgres({ required: true })
    if (started === undefined) throw new Error('no PostgreSQL')
    postgres = started
    swift = await startSwift()
    scratch = await makeScratch()
    const { accessKeyId, secretAccessKey } = swift.credentials
    env = { AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey }
    const raw = new S3Client({ ...swift, forcePathStyle: true, requestChecksumCalculation: 'WHEN_REQUIRED' })
    await raw.send(new CreateBucketCommand({ Bucket: BUCKET }))
    database = await postgres.createDatabase()
    blobs = `s3://${BUCKET}/all?endpoint=${encodeURIComponent(swift.endpoint)}&partMiB=5`
  })
  afterAll(async () => {
    await postgres[Symbol.asyncDispose]()
    await swift[Symbol.asyncDispose]()
    await scratch[Symbol.asyncDispose]()
  })

  const adminArgs = (args: readonly string[]) => [BERTHD, 'admin', 'migrate-storage', ...args]
  const migrate = async (...args: string[]) => {
    const outcome = await run(process.execPath, adminArgs(args), { env })
    expect(outcome.stderr + outcome.stdout).not.toContain('only%2Ffor%3Atests')
    expect(outcome.exitCode, outcome.stderr).toBe(0)
    return JSON.parse(outcome.stdout)
  }
  /** Kills the command so many milliseconds after it has said what step it is at. True when it was still at work. */
  const killAt = async (step: string, afterMs: number, ...args: string[]): Promise<boolean> => {
    const child = spawn(process.execPath, adminArgs(args), {
      env: bareEnvironment(env),
      stdio: ['ignore', 'ignore', 'pipe'],
    })
    let said = ''
    child.stderr.on('data', chunk => {
      if (said.includes(step)) return
      said += chunk
      if (said.includes(step)) setTimeout(() => child.kill('SIGKILL'), afterMs)
    })
    return new Promise(resolve => child.once('close', (_, signal) => resolve(signal === 'SIGKILL')))
  }
  /** Starts a server on storage that has been moved to, with the first user's credentials. */
  const startMoved = async (from: Registry, folder: string, args: readonly string[], to = env): Promise<Registry> => {
    const dataDir = scratch.path(folder)
    await mkdir(dataDir, { recursive: true })
    await copyFile(`${from.dataDir}/credentials`, `${dataDir}/credentials`)
    const secret = ['--secret-key-file', scratch.path('source', 'secret.key')]
    return startRegistry({ dataDir, args: [...args, ...secret], env: to })
  }
  const own = async (registry: Registry, ...args: string[]) =>
    JSON.parse(await succeed(process.execPath, [BERTH, ...args], { env: berthEnvironment(registry) }))

  const image: Image = randomImage('small')
  const large = Array.from({ length: LAYERS }, (_, at) =>
    contentOf(mediaTypes.layer, randomBytes(`layer ${at}`, LAYER_BYTES)),
  )
  const binned = randomImage('binned')

  it('moves to PostgreSQL and S3 and back while the registry serves, through kills, and every end answers the same', {
    timeout: 300_000,
  }, async () => {
    await mkdir(scratch.path('source'))
    await using source = new OciClient(await startRegistry({ dataDir: scratch.path('source') }))
    const { registry } = source
    await registry.control('CreateRepository', { repositoryName: NAME })
    const repository = new Repository(source, `${registry.alias}/${NAME}`)
    for (const layer of large) await repository.pushBlob(layer)
    for (const tag of ['v1', 'v2']) await repository.pushImage(image, tag)
    await repository.pushImage(binned, 'gone')
    const imageIds = [{ imageDigest: binned.manifest.digest }]
    await registry.control('BatchDeleteImage', { repositoryName: NAME, imageIds })
    const other = await registry.createAccount('second')

    const traffic = new Traffic(repository)
    const from = ['--data-dir', registry.dataDir]
    const to = ['--to-database', database, '--to-blobs', blobs]
    const kills = [
      await killAt('copying bytes', 300, ...from, ...to),
      await killAt('copying bytes', 700, ...from, ...to),
      await killAt('copying rows', 0, ...from, ...to, '--finish'),
    ]
    expect(kills.filter(Boolean).length).toBeGreaterThan(0)
    const elsewhere = ['--port', '0', '--data-dir', scratch.path('early')]
    const early = await run(process.execPath, [BERTHD, ...farArgs(), ...elsewhere], { env })
    expect([early.exitCode, early.stderr]).toEqual([1, expect.stringContaining('is being moved here')])

    expect(await migrate(...from, ...to, '--finish')).toMatchObject({ state: 'moved', faults: 0, rows: { tags: 2 } })
    await traffic.untilRefused()
    await traffic.end()
    expect(traffic.failedPulls).toEqual([])
    expect(traffic.pulls).toBeGreaterThan(10)
    expect(traffic.acknowledged.length).toBeGreaterThan(0)
    expect(traffic.refusals).not.toHaveLength(0)
    expect(new Set(traffic.refusals)).toEqual(new Set(['503 after 10']))
    expect(await migrate('--status', ...from)).toMatchObject({ state: 'moved' })
    await expect(registry.control('DeleteRepository', { repositoryName: NAME, force: true })).rejects.toMatchObject({
      status: 503,
    })

    await using far = new OciClient(await startMoved(registry, 'far', farArgs()))
    await expectSame(far, other, traffic.acknowledged)
    const farRepository = new Repository(far, `${registry.alias}/${NAME}`)
    await own(far.registry, 'images', 'restore', '--repository-name', NAME, '--image-ids', 'imageTag=gone')
    expect((await farRepository.manifest('GET', 'gone')).headers['docker-content-digest']).toBe(binned.manifest.digest)
    await farRepository.pushImage(randomImage('pushed there'), 'there')

    const home = ['--to-database', 'sqlite', '--to-blobs', 'files', '--to-data-dir', scratch.path('home')]
    const secret = ['--secret-key-file', scratch.path('source', 'secret.key'), '--data-dir', scratch.path('far')]
    expect(await migrate(...farArgs(), ...secret, ...home, '--finish')).toMatchObject({
      state: 'moved',
      rows: { tags: 4 },
    })
    await using back = new OciClient(await startMoved(registry, 'home', [], {}))
    await expectSame(back, other, traffic.acknowledged)
    const backRepository = new Repository(back, `${registry.alias}/${NAME}`)
    expect(await backRepository.listTags()).toEqual(expect.arrayContaining(['gone', 'there', 'v1', 'v2']))
    const verified = await back.registry.admin('verify', '--secret-key-file', scratch.path('source', 'secret.key'))
    expect(verified).toMatchObject({ left: 0, faults: {} })
  })

  const farArgs = () => ['--database', database, '--blobs', blobs]

  async function expectSame(client: OciClient, other: { alias: string }, pushed: readonly string[]): Promise<void> {
    const { registry } = client
    const repository = new Repository(client, `${registry.alias}/${NAME}`)
    for (const tag of ['v1', 'v2']) {
      const answer = await repository.manifest('GET', tag)
      expect(answer.body.equals(image.manifest.bytes)).toBe(true)
    }
    for (const { digest, bytes } of [...image.blobs, ...large])
      expect((await repository.blob('GET', digest)).body.equals(bytes), digest).toBe(true)
    for (const digest of pushed) expect((await repository.blob('GET', digest)).status).toBe(200)
    const secret = ['--secret-key-file', scratch.path('source', 'secret.key')]
    const stores = registry.dataDir.endsWith('far') ? farArgs() : []
    const admin = async (...args: string[]) =>
      succeed(process.execPath, [BERTHD, 'admin', ...args, ...stores, ...secret, '--data-dir', registry.dataDir], {
        env,
      })
    const { accounts } = JSON.parse(await admin('account', 'list'))
    expect(accounts).toContainEqual(expect.objectContaining({ alias: other.alias }))
    expect(await admin('audit')).toContain(binned.manifest.digest)
  }
}

describeEmbedded('it begins and ends with files', 'berthd admin migrate-storage', () => {
  describeWithSwift('to PostgreSQL and S3', migrateStorage)
})

/** A client that pulls, and one that pushes blobs, until they are told to end. */
class Traffic {
  readonly #repository: Repository
  #ending = false
  readonly #work: Promise<unknown>
  pulls = 0
  readonly failedPulls: string[] = []
  readonly acknowledged: string[] = []
  readonly refusals: string[] = []

  constructor(repository: Repository) {
    this.#repository = repository
    this.#work = Promise.all([this.#pull(), this.#push()])
  }

  async untilRefused(): Promise<void> {
    while (this.refusals.length === 0) await delay(10)
  }

  async end(): Promise<void> {
    this.#ending = true
    await this.#work
  }

  async #pull(): Promise<void> {
    while (!this.#ending) {
      await this.#repository.client.registry.password()
      const manifest = await this.#repository.manifest('GET', 'v1')
      const { layers } = JSON.parse(manifest.body.toString()) as { layers: { digest: string }[] }
      const answers = [manifest]
      for (const { digest } of layers) answers.push(await this.#repository.blob('GET', digest))
      for (const { status } of answers) if (status !== 200) this.failedPulls.push(`${status}`)
      this.pulls += 1
      // As fast as it can, it would take the machine from the move.
      await delay(50)
    }
  }

  async #push(): Promise<void> {
    for (let count = 0; !this.#ending; count += 1) {
      const blob = contentOf(mediaTypes.blob, randomBytes(`pushed ${count}`, 1000))
      const query = [['digest', blob.digest]] as const
      const { status, headers } = await this.#repository.send('POST', 'blobs/uploads/', { query, body: blob.bytes })
      if (status === 201) this.acknowledged.push(blob.digest)
      else this.refusals.push(`${status} after ${headers['retry-after']}`)
      await delay(200)
    }
  }
}
