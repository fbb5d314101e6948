/** The whole program with a stub of a server: what it sends, by which signature, and what it prints. */
import { createServer, type IncomingMessage, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { runMain } from '../../testing/run-main.ts'

interface Sent {
  readonly target: string
  readonly service: string
  readonly body: Record<string, unknown>
}
type Json = Record<string, unknown>

let server: Server
let url: string
const sent: Sent[] = []
/** What the stub answers next; the last one again and again. */
let answers: { readonly status?: number; readonly json: Json }[] = []

beforeAll(async () => {
  server = createServer(async (request, response) => {
    sent.push(await read(request))
    const answer = (answers.length > 1 ? answers.shift() : answers[0]) ?? { json: {} }
    response.writeHead(answer.status ?? 200, { 'content-type': 'application/x-amz-json-1.1' })
    response.end(JSON.stringify(answer.json))
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
})
afterAll(() => void server.close())
beforeEach(() => {
  sent.length = 0
  answers = [{ json: {} }]
})

async function read(request: IncomingMessage): Promise<Sent> {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk as Buffer)
  const { authorization = '', 'x-amz-target': target } = request.headers
  const [, service = ''] = /Credential=[^/]+\/\d+\/[^/]+\/([^/]+)\//.exec(authorization) ?? []
  return { target: String(target), service, body: JSON.parse(Buffer.concat(chunks).toString()) }
}

/** Runs a command line, words apart by blanks. */
const berth = (line: string, env: Record<string, string> = { AWS_ENDPOINT_URL_ECR_PUBLIC: url }) =>
  runMain(line.split(' '), env)

const REPOSITORY = '--repository-name team/web'
const repositoryName = 'team/web'
const digest = `sha256:${'a'.repeat(64)}`
const policy = JSON.stringify({ rules: [{ rulePriority: 1 }], padding: 'x'.repeat(100) })

describe('a command of berth', () => {
  it.each<[string, string, string, Json]>([
    [`images deleted ${REPOSITORY}`, 'Berth_V1.ListDeletedImages', 'ecr-public', { repositoryName }],
    [
      `images restore ${REPOSITORY} --image-ids imageTag=v1 imageDigest=${digest}`,
      'Berth_V1.RestoreImages',
      'ecr-public',
      { repositoryName, imageIds: [{ imageTag: 'v1' }, { imageDigest: digest }] },
    ],
    [`images purge ${REPOSITORY} --all`, 'Berth_V1.PurgeDeletedImages', 'ecr-public', { repositoryName, all: true }],
    [
      `images pulls ${REPOSITORY} --page-size 7`,
      'Berth_V1.DescribeImagePulls',
      'ecr-public',
      { repositoryName, maxResults: 7 },
    ],
    [`settings get ${REPOSITORY}`, 'Berth_V1.GetRepositorySettings', 'ecr-public', { repositoryName }],
    [
      `settings put ${REPOSITORY} --settings binDays=30,protectedTags=*,!build-*,immutableTags=v*`,
      'Berth_V1.PutRepositorySettings',
      'ecr-public',
      { repositoryName, settings: { binDays: 30, protectedTags: ['*', '!build-*'], immutableTags: ['v*'] } },
    ],
    ['settings get-registry', 'Berth_V1.GetRegistrySettings', 'ecr-public', {}],
    ['settings put-registry --bin-days 0', 'Berth_V1.PutRegistrySettings', 'ecr-public', { binDays: 0 }],
    [
      'audit --since 2026-11-01T00:00:00Z --until 1795000000 --action BatchDeleteImage',
      'Berth_V1.ListAuditRecords',
      'ecr-public',
      { since: '2026-11-01T00:00:00.000Z', until: '2026-11-18T11:06:40.000Z', action: 'BatchDeleteImage' },
    ],
    [
      `lifecycle put ${REPOSITORY} --lifecycle-policy-text ${policy}`,
      'AmazonEC2ContainerRegistry_V20150921.PutLifecyclePolicy',
      'ecr',
      { repositoryName, lifecyclePolicyText: policy },
    ],
    [
      `lifecycle get ${REPOSITORY}`,
      'AmazonEC2ContainerRegistry_V20150921.GetLifecyclePolicy',
      'ecr',
      { repositoryName },
    ],
    [
      `lifecycle delete ${REPOSITORY}`,
      'AmazonEC2ContainerRegistry_V20150921.DeleteLifecyclePolicy',
      'ecr',
      { repositoryName },
    ],
  ])('%s calls %s, signed for %s', async (line, target, service, body) => {
    expect(await berth(line)).toMatchObject({ exitCode: 0, stderr: '' })
    expect(sent).toEqual([{ target, service, body }])
  })

  it('finds its endpoint as the commands of ecr-public do', async () => {
    expect((await berth('settings get-registry', { AWS_ENDPOINT_URL: url })).exitCode).toBe(0)
    expect((await berth(`settings get-registry --endpoint-url ${url}`, {})).exitCode).toBe(0)
    expect(sent).toHaveLength(2)
  })

  it('fetches all pages, and formats and queries what is in them', async () => {
    const pull = (imageDigest: string) => ({ imageDigest, lastPulledAt: 1_790_000_000 })
    answers = [{ json: { imagePulls: [pull('a')], nextToken: 't' } }, { json: { imagePulls: [pull('b')] } }]
    const { stdout } = await berth(`images pulls ${REPOSITORY} --query imagePulls[].imageDigest --output text`)
    expect(stdout).toBe('a\nb\n')
    expect(sent.map(({ body }) => body['nextToken'])).toEqual([undefined, 't'])
  })

  it('counts what could not be restored where that is wanted', async () => {
    const failure = { imageId: { imageTag: 'v1' }, failureCode: 'ImageNotFound', failureReason: 'It is not there.' }
    answers = [{ json: { restoredImages: [], failures: [failure] } }]
    const { exitCode, stderr } = await berth(`images restore ${REPOSITORY} --image-ids imageTag=v1 --fail-on-partial`)
    expect(exitCode).toBe(254)
    expect(stderr).toContain('imageTag=v1: ImageNotFound: It is not there.')
  })

  it.each([
    { __type: 'UnknownOperationException' },
    { __type: 'InvalidSignatureException', message: "Credential should be scoped to correct service: 'ecr-public'." },
  ])('says that it is of berth where the server answers %j', async json => {
    answers = [{ status: 400, json }]
    const { exitCode, stderr } = await berth(`lifecycle get ${REPOSITORY}`)
    expect(exitCode).toBe(254)
    expect(stderr).toContain('An error occurred')
    expect(stderr).toContain('an operation of berth, which Amazon ECR Public does not have')
  })

  it('passes on any other error as it is', async () => {
    answers = [{ status: 400, json: { __type: 'LifecyclePolicyNotFoundException', message: 'None.' } }]
    expect((await berth(`lifecycle get ${REPOSITORY}`)).stderr).toBe(
      '\nAn error occurred (LifecyclePolicyNotFoundException) when calling the GetLifecyclePolicy operation: None.\n',
    )
  })

  it('refuses a time that is none, before anything is sent', async () => {
    const { exitCode, stderr } = await berth('audit --since yesterday')
    expect({ exitCode, sent }).toEqual({ exitCode: 252, sent: [] })
    expect(stderr).toContain("Error parsing parameter '--since'")
  })

  it.each(['images', 'images remove', 'lifecycle put', 'audit --nonsense 1'])(
    'refuses the command line %j',
    async line => {
      expect(await berth(line)).toMatchObject({ exitCode: 252, stdout: '' })
      expect(sent).toEqual([])
    },
  )

  it.each([
    ['images help', ['o deleted: Lists the deleted images', 'restore', 'purge', 'pulls']],
    ['audit help', ['--since', '--until', '--max-items', 'berth audit']],
    ['images restore --help', ['--image-ids', 'berth images restore', 'takenTags']],
    ['lifecycle preview help', ['--lifecycle-policy-text', '--image-ids', 'paginated']],
    ['--help', ['images', 'settings', 'lifecycle', 'audit']],
  ])('explains %s', async (line, words) => {
    const { exitCode, stdout } = await berth(line)
    expect(exitCode).toBe(0)
    for (const word of words) expect(stdout).toContain(word)
  })

  it.each([
    ['berth i', ['images']],
    ['berth images p', ['purge', 'pulls']],
    ['berth audit --s', ['--since', '--starting-token']],
    ['berth lifecycle preview --life', ['--lifecycle-policy-text']],
  ])('completes %j', async (line, expected) => {
    const { stdout } = await berth('completion suggestions', { COMP_LINE: line, COMP_POINT: String(line.length) })
    expect(stdout.trim().split('\n')).toEqual(expected)
  })

  it('prints an input to fill in', async () => {
    const { stdout } = await berth('settings put --generate-cli-skeleton')
    expect(JSON.parse(stdout)).toEqual({
      registryId: '',
      repositoryName: '',
      settings: { binDays: 0, protectedTags: [''], immutableTags: [''] },
    })
  })
})

describe('a listing of deleted images', () => {
  const image = (more: Json) => ({
    ...{ deletionId: '1', registryId: '111122223333', repositoryName, imageDigest: 'sha256:one', imageTags: [] },
    ...{ deletedAt: 1_790_000_000.5, purgeAfter: 1_790_600_000.5, reason: 'call' },
    ...{ deletedBy: 'arn:aws:iam::111122223333:user/ci', ...more },
  })
  beforeEach(() => {
    const first = image({ imageTags: ['v1', 'latest'] })
    const second = image({ repositoryName: 'team/api', deletedBy: 'berth', reason: 'lifecycle rule 1' })
    answers = [{ json: { deletedImages: [first], nextToken: 't' } }, { json: { deletedImages: [second] } }]
  })

  it('is a table for people', async () => {
    const { exitCode, stdout } = await berth('images deleted')
    expect(exitCode).toBe(0)
    const [header, first, second, ...rest] = stdout.split('\n')
    expect(header).toMatch(/^REPOSITORY {2}TAGS {7}DELETED {15}UNTIL {17}BY {7}REASON {12}IMAGE$/)
    expect(first).toMatch(
      /^team\/web {4}v1,latest {2}2026-09-21T\d\d:13:20Z {2}2026-\S+:53:20Z {2}user\/ci {2}call {14}sha256:one$/,
    )
    expect(second).toMatch(/^team\/api {4}- {10}2026-09-21T\S+ {2}\S+ {2}berth {4}lifecycle rule 1 {2}sha256:one$/)
    expect(rest).toEqual(['', '2 deleted images can be restored.', ''])
  })

  it('says where it goes on when it was cut short', async () => {
    const { stdout } = await berth(`images deleted ${REPOSITORY} --max-items 1`)
    expect(stdout).toMatch(/\n\n1 deleted image can be restored; there are more: --starting-token \S+\n$/)
  })

  it('is what a format or query asks for', async () => {
    const { stdout } = await berth('images deleted --output json')
    expect(JSON.parse(stdout)).toMatchObject({ deletedImages: [{ imageTags: ['v1', 'latest'] }, { imageTags: [] }] })
    expect((await berth('images deleted --query deletedImages[0].reason')).stdout).toBe('"lifecycle rule 1"\n')
  })
})

describe('a preview of a lifecycle policy', () => {
  const START = 'AmazonEC2ContainerRegistry_V20150921.StartLifecyclePolicyPreview'
  const GET = 'AmazonEC2ContainerRegistry_V20150921.GetLifecyclePolicyPreview'
  const about = { registryId: '111122223333', repositoryName }
  const result = (imageDigest: string, imageTags?: string[]) => ({
    imageDigest,
    imageTags,
    imagePushedAt: 1_790_000_000,
    action: { type: 'EXPIRE' },
    appliedRulePriority: 2,
  })
  const complete = { ...about, status: 'COMPLETE', summary: { expiringImageTotalCount: 2 } }

  beforeEach(() => {
    answers = [
      { json: { ...about, status: 'IN_PROGRESS' } },
      { json: { ...about, status: 'IN_PROGRESS' } },
      { json: { ...complete, previewResults: [result('sha256:one', ['a', 'b'])], nextToken: 'more' } },
      { json: { ...complete, previewResults: [result('sha256:two')] } },
    ]
  })

  it('starts it, waits for its end and shows all pages as a table', async () => {
    const { exitCode, stdout } = await berth(`lifecycle preview ${REPOSITORY} --lifecycle-policy-text ${policy}`)
    expect(exitCode).toBe(0)
    const [header, first, second, ...rest] = stdout.split('\n')
    expect(header).toMatch(/^RULE {2}IMAGE {7}TAGS {2}PUSHED$/)
    expect(first).toMatch(/^2 {5}sha256:one {2}a,b {3}2026-09-2\dT/)
    expect(second).toMatch(/^2 {5}sha256:two {2}- {5}2026-09-2\dT/)
    expect(rest).toEqual(['', '2 images of team/web would be deleted.', ''])
    expect(sent.map(({ target, service, body }) => [target, service, body])).toEqual([
      [START, 'ecr', { repositoryName, lifecyclePolicyText: policy }],
      [GET, 'ecr', { repositoryName }],
      [GET, 'ecr', { repositoryName }],
      [GET, 'ecr', { repositoryName, nextToken: 'more' }],
    ])
  })

  it('prints JSON where that is asked for, with what holds for all pages', async () => {
    const { stdout } = await berth(`lifecycle preview ${REPOSITORY} --output json`)
    expect(JSON.parse(stdout)).toMatchObject({
      ...complete,
      previewResults: [{ imageDigest: 'sha256:one' }, { imageDigest: 'sha256:two' }],
    })
  })

  it('resumes a listing without starting anew', async () => {
    answers = [{ json: { ...complete, previewResults: [result('sha256:two')] } }]
    await berth(`lifecycle preview ${REPOSITORY} --starting-token more`)
    expect(sent).toEqual([{ target: GET, service: 'ecr', body: { repositoryName, nextToken: 'more' } }])
  })

  it('says when it has failed', async () => {
    answers = [{ json: { status: 'IN_PROGRESS' } }, { json: { status: 'FAILED' } }]
    const { exitCode, stderr } = await berth(`lifecycle preview ${REPOSITORY}`)
    expect(exitCode).toBe(255)
    expect(stderr).toContain('FAILED')
  })

  it('says when nothing would go', async () => {
    answers = [{ json: { ...complete, previewResults: [], summary: { expiringImageTotalCount: 0 } } }]
    expect((await berth(`lifecycle preview ${REPOSITORY}`)).stdout).toBe('0 images of team/web would be deleted.\n')
  })

  it('says when the policy runs next, where the server does', async () => {
    const nextEvaluationAt = 1_790_003_600
    answers = [{ json: { ...complete, previewResults: [], summary: { expiringImageTotalCount: 0 }, nextEvaluationAt } }]
    const { stdout } = await berth(`lifecycle preview ${REPOSITORY}`)
    expect(stdout.split('\n')[1]).toMatch(/^The next run of the policy, once it is put, is due at 2026-09-2\dT/)
  })
})
