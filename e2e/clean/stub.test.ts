import { writeFile } from 'node:fs/promises'
import { afterEach, expect, it } from 'vitest'
import { type EcrPublicStub, type Fault, type StubOptions, startEcrPublicStub } from '../support/ecr-public-stub.ts'
import { makeScratch } from '../support/scratch.ts'
import { clean, stubImage, stubMultiArch } from './clean.ts'

let stub: EcrPublicStub
afterEach(() => stub?.[Symbol.asyncDispose]())

const start = async (options: StubOptions) => {
  stub = await startEcrPublicStub(options)
}
const TEAM = ['--repository-name', 'team/web']
const many = (count: number) => Array.from({ length: count }, (_, i) => stubMultiArch(`m${i}`, 2)).flat()

it('gets through throttling, errors and dropped connections', async () => {
  const faults: (Fault | undefined)[] = [
    { status: 400, code: 'ThrottlingException' },
    { status: 429, code: 'TooManyRequestsException', retryAfter: '1' },
    { status: 500, code: 'ServerException' },
    { status: 503, code: '' },
    'drop before',
    'drop after',
  ]
  let asked = 0
  // The registry endpoint throttles by status alone, not by errors of the control API.
  const fault = (operation: string) => {
    const trouble = asked++ % 8 === 0 ? faults[Math.floor(asked / 8) % faults.length] : undefined
    return operation === 'GetManifest' && trouble === faults[0] ? faults[1] : trouble
  }
  await start({ repositories: { 'team/web': [...many(80), stubImage('latest', ['latest'])] }, fault })
  const { exitCode, stdout, stderr } = await clean(stub, [...TEAM, '--untagged', '--yes'])
  expect(stderr).not.toContain('error')
  expect(stdout).toMatch(/Deleted \d+ images/)
  expect(exitCode).toBe(0)
  expect(stub.left('team/web')).toEqual([stubImage('latest', ['latest']).digest])
  expect(stub.mostAtOnce()).toBeLessThanOrEqual(4)
})

it('waits as long as Retry-After says', async () => {
  let refused: number | undefined
  let waited = 0
  const fault = (operation: string): Fault | undefined => {
    if (operation !== 'BatchDeleteImage') return undefined
    if (refused !== undefined) {
      waited = Date.now() - refused
      return undefined
    }
    refused = Date.now()
    return { status: 429, code: 'TooManyRequestsException', retryAfter: '2' }
  }
  await start({ repositories: { 'team/web': many(5) }, fault })
  expect(await clean(stub, [...TEAM, '--untagged', '--yes'])).toMatchObject({ exitCode: 0 })
  expect(waited).toBeGreaterThanOrEqual(1990)
})

it('lists every failure, leaves the images of an index that stayed, and exits with 254', async () => {
  const [index, ...children] = stubMultiArch('bad', 2)
  if (!index) throw new Error('no index')
  await start({
    repositories: { 'team/web': [...many(30), index, ...children] },
    refuse: digest => (digest === index.digest ? 'KmsError' : undefined),
  })
  const { exitCode, stdout, stderr } = await clean(stub, [...TEAM, '--untagged', '--yes'])
  expect(exitCode).toBe(254)
  expect(stub.left('team/web').sort()).toEqual([index.digest, ...children.map(({ digest }) => digest)].sort())
  expect(stdout).toContain('Deleted 90 of 93 images; 3 could not be deleted.')
  expect(stderr).toContain(`team/web ${index.digest.slice(0, 19)}: KmsError: refused`)
  for (const { digest } of children) expect(stderr).toContain(`team/web ${digest.slice(0, 19)}: HolderStays: `)
  expect(stderr).toContain('The same command again')
})

it('gives up on a registry that refuses, and says what was not tried', async () => {
  const fault = (operation: string): Fault | undefined =>
    operation === 'BatchDeleteImage' ? { status: 400, code: 'AccessDeniedException' } : undefined
  await start({ repositories: { 'team/web': Array.from({ length: 1000 }, (_, i) => stubImage(`i${i}`)) }, fault })
  const { exitCode, stderr, stdout } = await clean(stub, [...TEAM, '--untagged', '--yes', '--concurrency', '1'])
  expect(exitCode).toBe(254)
  expect(stderr).toContain(
    'Gave up: An error occurred (AccessDeniedException) when calling the BatchDeleteImage operation',
  )
  expect(stdout).toContain('Deleted 0 of 1,000 images; 100 could not be deleted, 900 were not tried.')
  // One refusal, and no more of it than a screen has.
  expect(stderr.match(/^team\/web sha256:/gm)).toHaveLength(5)
  expect(stderr).toMatch(/^team\/web: 95 more for the same reason$/m)
  expect(stderr).toContain('Once that is mended, the same command goes on with what is left.')
})

it('keeps what is attached to an image that stays, though its listing looks like that of any image', async () => {
  const [kept, gone] = [stubImage('kept', ['latest']), stubImage('gone')]
  const sbom = stubImage('sbom', [], { subject: kept.digest })
  const signature = stubImage('signature of the sbom', [], { subject: sbom.digest })
  const [ofGone, orphan] = ['of the gone', 'orphan'].map(seed =>
    stubImage(seed, [], { subject: seed === 'orphan' ? `sha256:${'0'.repeat(64)}` : gone.digest }),
  )
  if (!ofGone || !orphan) throw new Error('no images')
  await start({ repositories: { 'team/web': [signature, sbom, kept, ofGone, gone, orphan] } })
  expect(await clean(stub, [...TEAM, '--untagged', '--yes'])).toMatchObject({ exitCode: 0 })
  expect(stub.left('team/web').sort()).toEqual([kept, sbom, signature].map(({ digest }) => digest).sort())
})

it('leaves an image whose manifest cannot be read, and takes the others', async () => {
  let asked = 0
  const fault = (operation: string): Fault | undefined =>
    operation === 'GetManifest' && asked++ === 0 ? { status: 403, code: 'DENIED' } : undefined
  await start({ repositories: { 'team/web': ['a', 'b', 'c'].map(seed => stubImage(seed)) }, fault })
  const { exitCode, stdout } = await clean(stub, [...TEAM, '--untagged', '--yes'])
  expect(exitCode).toBe(254)
  expect(stdout).toContain('may be attached to another image: its manifest cannot be read')
  expect(stub.left('team/web')).toHaveLength(1)
})

it('deletes nothing that an index which cannot be read might list', async () => {
  const fault = (operation: string): Fault | undefined =>
    operation === 'GetManifest' ? { status: 403, code: 'DENIED' } : undefined
  await start({ repositories: { 'team/web': [...many(2), ...stubMultiArch('kept', 2, ['latest'])] }, fault })
  const before = stub.left('team/web')
  const { exitCode, stdout } = await clean(stub, [...TEAM, '--untagged', '--yes'])
  expect(stdout).toContain('8 images would be selected, but may be listed by what cannot be read:')
  expect(stdout).toMatch(/sha256:\w{12} {2}127.0.0.1:\d+ answered 403 Forbidden/)
  expect(stub.left('team/web')).toEqual(before)
  expect(exitCode).toBe(254)
})

it('logs in again when its token is refused, as ECR Public does with 400', async () => {
  let refused = 0
  const fault = (operation: string): Fault | undefined =>
    operation === 'GetManifest' && refused++ === 2 ? { status: 400, code: 'DENIED' } : undefined
  await start({ repositories: { 'team/web': many(9) }, fault })
  expect(await clean(stub, [...TEAM, '--untagged', '--yes'])).toMatchObject({ exitCode: 0 })
  expect(stub.requests.filter(operation => operation === 'GetAuthorizationToken')).toHaveLength(2)
})

it('reads indexes as anybody may where it is not allowed to log in', async () => {
  const fault = (operation: string): Fault | undefined =>
    operation === 'GetAuthorizationToken' ? { status: 400, code: 'AccessDeniedException' } : undefined
  await start({ repositories: { 'team/web': many(9) }, fault })
  expect(await clean(stub, [...TEAM, '--untagged', '--yes'])).toMatchObject({ exitCode: 0 })
  expect(stub.requests.filter(operation => operation === 'GetToken')).toHaveLength(1)
})

it('refuses --not-pulled-since of a registry that cannot tell, before it asks for images', async () => {
  await start({ repositories: { 'team/web': many(2) } })
  const { exitCode, stdout, stderr } = await clean(stub, [...TEAM, '--not-pulled-since', '90d', '--yes'])
  expect({ exitCode, stdout }).toEqual({ exitCode: 255, stdout: '' })
  expect(stderr).toContain('--not-pulled-since needs a berth server')
  expect(stub.requests).not.toContain('DescribeImages')
})

it('prints plan and result as JSON, to which a query may be put', async () => {
  const [index, ...children] = stubMultiArch('x', 2, ['pr-1'])
  await start({
    repositories: { 'team/web': [...(index ? [index] : []), ...children, stubImage('v', ['v1', 'pr-2'])] },
  })
  const selection = [...TEAM, '--tag', 'pr-*', '--older-than', '30d']
  const { stdout, stderr } = await clean(stub, [...selection, '--yes', '--output', 'json'])
  const document = JSON.parse(stdout)
  expect(document.summary).toEqual({ imageCount: 3, tagCount: 1, freedBytesAtMost: 60_000_000 })
  expect(document.result).toMatchObject({ deletedImageCount: 3, removedTagCount: 1, failedCount: 0, failures: [] })
  expect(document.repositories[0].images[0]).toMatchObject({
    imageDigest: index?.digest,
    imageTags: ['pr-1'],
    action: 'delete',
    reason: 'tag pr-*, older than 30d',
    outcome: 'done',
  })
  expect(document.repositories[0].images).toContainEqual(
    expect.objectContaining({ action: 'removeTags', removedTags: ['pr-2'], outcome: 'done' }),
  )
  expect(stderr).toContain('Deleted 3 images and 1 tag.')
  const left = await clean(stub, [
    ...TEAM,
    '--older-than',
    '1d',
    '--dry-run',
    '--query',
    'repositories[].images[].imageTags[]',
    '--output',
    'text',
  ])
  expect(left.stdout).toBe('v1\n')
})

it('cleans all repositories, or those of a pattern', async () => {
  await start({ repositories: { 'a/one': many(1), 'a/two': many(1), 'b/one': many(1) } })
  expect((await clean(stub, ['--repository-name', 'a/*', '--untagged', '--yes'])).exitCode).toBe(0)
  expect(['a/one', 'a/two', 'b/one'].map(name => stub.left(name).length)).toEqual([0, 0, 3])
  expect((await clean(stub, ['--all-repositories', '--untagged', '--yes'])).stdout).toContain('Deleted 3 images.')
  const unmet = await clean(stub, ['--repository-name', 'c/*', '--untagged', '--yes'])
  expect(unmet).toMatchObject({ exitCode: 255, stderr: '\nNo repository matches c/*.\n' })
})

it('takes a lifecycle policy, and says where one is wrong', async () => {
  await using scratch = await makeScratch()
  const selection = { tagStatus: 'tagged', tagPatternList: ['pr-*'], countType: 'imageCountMoreThan', countNumber: 1 }
  const write = async (name: string, rule: object) => {
    await writeFile(scratch.path(name), JSON.stringify({ rules: [rule] }))
    return scratch.path(name)
  }
  const good = await write('good.json', { rulePriority: 3, selection, action: { type: 'expire' } })
  const bad = await write('bad.json', {
    rulePriority: 3,
    selection: { ...selection, countNumber: 0 },
    action: { type: 'expire' },
  })
  await start({
    repositories: { 'team/web': [1, 2, 3].map(age => stubImage(`i${age}`, [`pr-${age}`], { ageDays: age })) },
  })
  const refused = await clean(stub, [...TEAM, '--rule', bad, '--yes'])
  expect(refused.exitCode).toBe(252)
  expect(refused.stderr).toContain('rules[0].selection.countNumber')
  const { exitCode, stdout } = await clean(stub, [...TEAM, '--rule', good, '--yes'])
  expect(exitCode).toBe(0)
  expect(stdout).toContain('rule 3')
  expect(stub.left('team/web')).toEqual([stubImage('i1', ['pr-1']).digest])
})

it.each([
  [['--untagged', '--yes'], 'the following arguments are required: --repository-name or --all-repositories'],
  [[...TEAM, '--yes'], 'nothing says which images to clean'],
  [[...TEAM, '--not-tag', 'latest', '--yes'], 'nothing says which images to clean'],
  [[...TEAM, '--untagged', '--tag', 'x', '--yes'], 'no image is --untagged and has a --tag'],
  [[...TEAM, '--older-than', '30', '--yes'], "'30' is no duration"],
  [[...TEAM, '--keep', '0', '--yes'], 'argument --keep: must be at least 1'],
  [
    [...TEAM, '--untagged', '--concurrency', '33', '--yes'],
    'argument --concurrency: must be at least 1 and at most 32',
  ],
  [[...TEAM, '--untaged', '--yes'], "Unknown option: '--untaged', maybe you meant:"],
  [[...TEAM, '--untagged'], 'Standard input is no terminal, so nobody can be asked'],
])('%j is answered with what is wrong, before anything is asked of the registry', async (args, message) => {
  await start({ repositories: { 'team/web': [] } })
  const { exitCode, stderr } = await clean(stub, args)
  expect(exitCode).toBe(252)
  expect(stderr).toContain(message)
  expect(stub.requests).toEqual([])
})
