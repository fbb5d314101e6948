import { Client } from 'pg'
import { afterAll, beforeAll, expect, it, vi } from 'vitest'
import { hiddenIn, TestBrowser } from '../../packages/server/src/http/gallery/testing/browser.ts'
import { describeWithSwift } from '../../testing/describe-with.ts'
import { OCI_MANIFEST, pusherOf } from '../gallery/push.ts'
import { type Registry, startRegistry } from '../support/registry.ts'
import { type BreakableStorage, startStorage } from './storage.ts'

const NAME = 'desk/app'
/** A job's step takes a hundred of them. */
const TAGS = 250
/**
 * What a killed server held may be held until the database gives its transaction up, and the other one rests before it
 * tries once more. The limit ends what hangs.
 */
const LONG_MS = 200_000

describeWithSwift('the desk of two replicas', () => {
  let storage: BreakableStorage
  let registry: Registry
  let database: Client
  beforeAll(async () => {
    storage = await startStorage()
    registry = await startRegistry({ storage: storage.shared })
    database = new Client({ connectionString: registry.deployment.env['BERTH_DATABASE'] })
    await database.connect()
    const to = await pusherOf(registry, NAME)
    const config = await to.blob('application/vnd.oci.empty.v1+json', '{}')
    const authorization = `Basic ${Buffer.from(`AWS:${await registry.password()}`).toString('base64')}`
    for (const group of ['a', 'b', 'c', 'd']) {
      const document = { config, layers: [], annotations: { group } }
      const { digest } = await to.manifest(OCI_MANIFEST, document)
      const body = JSON.stringify({ schemaVersion: 2, mediaType: OCI_MANIFEST, ...document })
      const tags = new URLSearchParams(
        Array.from({ length: TAGS }, (_, at): [string, string] => ['tag', `${group}-${at}`]),
      )
      const url = `${registry.url}/v2/${registry.alias}/${NAME}/manifests/${digest}?${tags}`
      const headers = { authorization, 'content-type': OCI_MANIFEST }
      expect((await fetch(url, { method: 'PUT', headers, body })).status).toBe(201)
    }
  })
  afterAll(async () => {
    await database?.end()
    await registry?.[Symbol.asyncDispose]()
    await storage?.[Symbol.asyncDispose]()
  })

  /** Browsers with the same cookies, each at a replica of its own. */
  const open = (): [TestBrowser, TestBrowser] => {
    const [one, other] = registry.deployment.servers.map(({ url }) => new TestBrowser(url, { host: registry.host }))
    if (one === undefined || other === undefined) throw new Error('there are no two servers')
    return [one, Object.assign(other, { cookies: one.cookies })]
  }
  const signIn = async () => {
    const browsers = open()
    const fields = { password: await registry.password() }
    expect((await browsers[0].submit('/-/signin', '/-/signin', fields)).status).toBe(303)
    return browsers
  }
  const seesDesk = async (browser: TestBrowser) => (await browser.get('/-/manage')).status === 200

  it('has one session, which ends on both', async () => {
    const [one, other] = await signIn()
    const { text } = await other.get('/-/manage')
    const cookies = new Map(one.cookies)
    expect((await other.post('/-/signout', hiddenIn(`<main>${text}`))).headers.get('location')).toBe('/')
    for (const [name, value] of cookies) one.cookies.set(name, value)
    expect([await seesDesk(one), await seesDesk(other)]).toEqual([false, false])
  })

  it('takes a link once of two', async () => {
    const { url } = await registry.control('Berth_V1.CreateSignInLink')
    const { pathname } = new URL(url)
    const browsers = [open()[0], open()[1]]
    const forms = await Promise.all(browsers.map(async each => hiddenIn((await each.get(pathname)).text)))
    const answers = await Promise.all(browsers.map((each, at) => each.post(pathname, forms[at] ?? {})))
    expect(answers.map(({ status }) => status).sort()).toEqual([303, 404])
  })

  const desk = () => `/-/manage/${registry.alias}/${NAME}/-`
  const tagsLeft = async (group: string): Promise<number> => {
    const found = await database.query('select count(*)::int as count from tags where tag like $1', [`${group}-%`])
    return found.rows[0].count
  }
  const begin = async (browser: TestBrowser, group: string): Promise<string> => {
    const preview = `${desk()}/images/preview?all=1&q=${group}-`
    const { headers } = await browser.submit(preview, `${desk()}/images/delete`, {})
    return headers.get('location') ?? expect.unreachable('no job was begun')
  }
  const waiting = async (): Promise<number> =>
    (await database.query('select count(*)::int as count from pg_locks where not granted')).rows[0].count
  /** Has a job wait in its first step while `work` is done: the rows of its tags are not given away. */
  const midway = async <Result>(browser: TestBrowser, group: string, work: (job: string) => Promise<Result>) => {
    await database.query('begin')
    try {
      await database.query('select 1 from tags where tag like $1 for update', [`${group}-%`])
      const job = await begin(browser, group)
      await vi.waitFor(async () => expect(await waiting()).toBeGreaterThan(0))
      return { job, result: await work(job) }
    } finally {
      await database.query('rollback')
    }
  }
  const ended = (browser: TestBrowser, job: string, words: string) =>
    vi.waitFor(async () => expect((await browser.get(job)).text).toContain(words), { interval: 200, timeout: LONG_MS })
  /** Sends what may have to wait for the step, and comes back when it waits or is done. */
  const begun = async (sent: Promise<unknown>): Promise<{ settled: Promise<unknown> }> => {
    let isDone = false
    const settled = sent.finally(() => {
      isDone = true
    })
    settled.catch(() => undefined)
    await vi.waitFor(async () => expect(isDone || (await waiting()) > 1).toBe(true))
    return { settled }
  }

  it('cancels from the other one', async () => {
    const [one, other] = await signIn()
    const { job, result } = await midway(one, 'a', async path => begun(other.submit(path, path, { action: 'cancel' })))
    await result.settled
    await ended(one, job, 'Deletion was cancelled')
    expect(await tagsLeft('a')).toBeGreaterThan(0)
  })

  it('asks the policies of now before each batch', async () => {
    const [one, other] = await signIn()
    const Statement = [{ Effect: 'Deny', Principal: '*', Action: 'ecr-public:BatchDeleteImage' }]
    const policyText = JSON.stringify({ Version: '2012-10-17', Statement })
    const { job, result } = await midway(one, 'b', async () =>
      begun(registry.control('SetRepositoryPolicy', { repositoryName: NAME, policyText })),
    )
    await result.settled
    await ended(other, job, 'may no longer do ecr-public:BatchDeleteImage')
    expect(await tagsLeft('b')).toBeGreaterThan(0)
    await registry.control('DeleteRepositoryPolicy', { repositoryName: NAME })
  })

  it('goes on at the other one where the first is killed', async () => {
    const [one, other] = await signIn()
    const { job } = await midway(one, 'c', () => registry.deployment.killOne(0))
    try {
      await ended(other, job, 'Deletion is done')
      expect(await tagsLeft('c')).toBe(0)
    } finally {
      await registry.deployment.startOne(0)
    }
  })

  it('ends sessions and jobs with their key', async () => {
    const [one, other] = await signIn()
    const { job } = await midway(one, 'd', () =>
      registry.admin('key', 'revoke', '--access-key-id', registry.accessKeyId),
    )
    expect([await seesDesk(one), await seesDesk(other)]).toEqual([false, false])
    const id = job.split('/').at(-1)
    const stopped = async () =>
      (await database.query('select state, reason from image_jobs where job_id = $1', [id])).rows
    const asIsMeant = [{ state: 'stopped', reason: expect.stringContaining('access key') }]
    await vi.waitFor(async () => expect(await stopped()).toEqual(asIsMeant), { timeout: LONG_MS })
    expect(await tagsLeft('d')).toBeGreaterThan(0)
  })
})
