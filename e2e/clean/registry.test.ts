import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { BERTH } from '../support/berth.ts'
import { openPusher, type Pusher } from '../support/many-images.ts'
import { anonymous } from '../support/oci.ts'
import { type Registry, startRegistry } from '../support/registry.ts'
import { succeed } from '../support/run.ts'
import { quoteForShell, type Step, typeAt } from '../support/terminal.ts'
import { clean, environmentOf } from './clean.ts'

const REPOSITORY = 'team/web'
const TEAM = ['--repository-name', REPOSITORY]

let registry: Registry
let pusher: Pusher

beforeEach(async () => {
  registry = await startRegistry()
  await registry.control('CreateRepository', { repositoryName: REPOSITORY })
  pusher = await openPusher(registry, REPOSITORY)
})
afterEach(() => registry?.[Symbol.asyncDispose]())

/** Standard error without the lines of progress. */
const errorsIn = (stderr: string) => stderr.replace(/^.*: [\d,]+ of [\d,]+\n/gm, '')

const keys = () => ({ AWS_ACCESS_KEY_ID: registry.accessKeyId, AWS_SECRET_ACCESS_KEY: registry.secretAccessKey })
const cleanUp = (...args: string[]) => clean({ url: registry.url, env: keys() }, [...TEAM, ...args])

/** What is left: each digest with its tags. */
async function left(): Promise<Map<string, string[]>> {
  const { imageDetails } = await registry.control('DescribeImages', { repositoryName: REPOSITORY, maxResults: 1000 })
  return new Map(
    imageDetails.map((image: { imageDigest: string; imageTags?: string[] }) => [
      image.imageDigest,
      image.imageTags?.sort() ?? [],
    ]),
  )
}

/** Does what the last line that begins with a command says, as a person would paste it. */
async function runAsTold(output: string): Promise<void> {
  const command = output.match(/^ {2}(?:berth images|for ids in) .*$/m)?.[0] ?? expect.fail(output)
  const berth = `${quoteForShell(process.execPath)} ${quoteForShell(BERTH)}`
  const script = command.replaceAll(/\bberth images/g, `${berth} images`)
  await succeed('sh', ['-c', script], { env: { ...environmentOf(registry.url), ...keys() } })
}

describe('berth clean against a registry', () => {
  it('deletes what lost its tag, whole, and leaves what tagged indexes list', async () => {
    const old = await pusher.multiArch('old', 2, 'latest')
    const current = await pusher.multiArch('current', 2, 'latest')
    const alone = await pusher.image('alone')
    const shared = await pusher.index([...old.children, ...current.children])
    expect((await cleanUp('--untagged', '--dry-run')).stdout).toContain('Nothing was deleted: this was a dry run.')
    expect((await left()).size).toBe(8)

    const { exitCode, stdout, stderr } = await cleanUp('--untagged', '--yes')
    expect({ exitCode, errors: errorsIn(stderr) }).toEqual({ exitCode: 0, errors: '' })
    expect(stdout).toContain('Deleted 5 images.')
    expect(stdout).toContain(
      `${current.children[0]?.digest.slice(0, 19)}  listed by ${current.index.digest.slice(0, 19)} (latest), which stays`,
    )
    expect([...(await left()).keys()].sort()).toEqual(
      [current.index, ...current.children].map(({ digest }) => digest).sort(),
    )
    for (const { digest } of [old.index, alone, shared]) expect(stdout).toContain(digest.slice(0, 19))
  })

  it('takes matching tags, and the image with the last of them, its own images with it', async () => {
    const build = await pusher.multiArch('build', 2, 'pr-1')
    const release = await pusher.multiArch('release', 2, 'pr-2')
    await pusher.index(release.children, 'v1')
    const { stdout, exitCode } = await cleanUp('--tag', 'pr-*', '--yes')
    expect(exitCode).toBe(0)
    expect(stdout).toContain('Deleted 3 images and 1 tag.')
    const after = await left()
    expect(after.get(release.index.digest)).toEqual(['v1'])
    expect(after.size).toBe(3)
    expect(after.has(build.index.digest)).toBe(false)
  })

  it('leaves signatures of what stays, and takes those of what goes', async () => {
    const kept = await pusher.image('kept', 'latest')
    const gone = await pusher.image('gone', 'pr-1')
    const empty = await pusher.emptyBlob()
    const artifact = { artifactType: 'application/vnd.example.signature', config: empty, layers: [empty] }
    const signature = await pusher.image('of kept', undefined, { ...artifact, subject: kept })
    const other = await pusher.image('of gone', undefined, { ...artifact, subject: gone })
    const { stdout } = await cleanUp('--untagged', '--yes')
    expect(stdout).toContain('There is nothing to delete.')
    expect(stdout).toContain(
      `${signature.digest.slice(0, 19)}  attached to ${kept.digest.slice(0, 19)} (latest), which stays`,
    )
    expect((await cleanUp('--tag', 'pr-*', '--yes')).exitCode).toBe(0)
    const after = await left()
    expect([...after.keys()].sort()).toEqual([kept.digest, signature.digest].sort())
    expect(after.has(other.digest)).toBe(false)
  })

  it('plans what is protected as kept, with the rule, and ends with 0', async () => {
    const settings = { protectedTags: ['v*', '!v0*'] }
    await registry.control('Berth_V1.PutRepositorySettings', { repositoryName: REPOSITORY, settings })
    const release = await pusher.multiArch('release', 1, 'v1.0')
    for (const tag of ['v2', 'pr-2']) await pusher.image('two tags', tag)
    await pusher.image('draft', 'v0.1')
    const why = 'protected by the setting protectedTags: v*'
    const dry = await cleanUp('--tag', 'v*', '--dry-run')
    expect(dry.stdout).toContain('2 images would be selected, but stay:')
    expect(dry.stdout).toContain(`${release.index.digest.slice(0, 19)} (v1.0)  ${why}`)
    expect(dry.stdout).toContain('1 image in 1 repository')
    for (const deleted of ['Deleted 1 image.', 'There is nothing to delete.']) {
      const { exitCode, stdout, stderr } = await cleanUp('--tag', 'v*', '--yes')
      expect({ exitCode, errors: errorsIn(stderr) }).toEqual({ exitCode: 0, errors: '' })
      expect(stdout).toContain(deleted)
    }
    const document = JSON.parse((await cleanUp('--older-than', '0s', '--yes', '--output', 'json')).stdout)
    expect(document.repositories[0].kept).toContainEqual({
      ...{ imageDigest: release.index.digest, imageTags: ['v1.0'] },
      reason: why,
    })
    expect([...(await left()).values()].flat().sort()).toEqual(['pr-2', 'v1.0', 'v2'])
  })

  it('ends with where the images are, until when, and the command that brings them back', async () => {
    for (const name of ['one', 'two']) await pusher.image(name, name)
    for (const tag of ['kept', 'taken']) await pusher.image('both', tag)
    const few = await cleanUp('--tag', 'one', 'two', 'taken', '--yes')
    const until = new Date(Date.now() + 7 * 24 * 3600 * 1000).toISOString().slice(0, 10)
    expect(few.stdout).toMatch(
      new RegExp(`^What was deleted from ${REPOSITORY} waits in its bin until ${until} \\d\\d:`, 'm'),
    )
    const everything = await left()
    expect(everything.size).toBe(1)
    await runAsTold(few.stdout)
    expect([...(await left()).values()].flat().sort()).toEqual(['kept', 'one', 'taken', 'two'])

    for (let i = 0; i < 12; i++) await pusher.multiArch(`many ${i}`, 1, `many-${i}`)
    const before = await left()
    const later = await pusher.image('later', 'later')
    const withCaches = { url: registry.url, env: { ...keys(), XDG_CACHE_HOME: registry.dataDir } }
    const many = await clean(withCaches, [...TEAM, '--tag', 'many-*', '--yes', '--output', 'json'])
    expect(JSON.parse(many.stdout).repositories[0].restorableUntil).toContain(until)
    // What somebody else deletes meanwhile stays deleted.
    const imageIds = [{ imageDigest: later.digest }]
    await registry.control('BatchDeleteImage', { repositoryName: REPOSITORY, imageIds })
    expect((await left()).size).toBe(before.size - 24)
    await runAsTold(many.stderr)
    expect(await left()).toEqual(before)
    expect(many.stderr).toContain(`for ids in ${registry.dataDir}/berth/deleted/`)
  })

  it('keeps the newest of each pattern', async () => {
    for (let i = 1; i <= 4; i++) {
      await pusher.image(`v${i}`, `v1.${i}`)
      await pusher.multiArch(`pr${i}`, 1, `pr-${i}`)
    }
    await cleanUp('--keep', '1', '--tag', 'v1.*', 'pr-*', '--not-tag', 'pr-1', '--yes')
    expect([...(await left()).values()].flat().sort()).toEqual(['pr-1', 'pr-4', 'v1.4'])
  })

  it('takes what was not pulled for long', async () => {
    await pusher.image('asked for', 'used')
    const forgotten = await pusher.multiArch('forgotten', 2, 'unused')
    await registry.stores.change(`update manifests set pushed_at = pushed_at - ${24 * 3600 * 1000}`)
    const { digestOf } = await anonymous(registry.url)
    await digestOf(`${registry.alias}/${REPOSITORY}`, 'used')
    await cleanUp('--older-than', '0s', '--dry-run') // it reads the index, which is no pull
    await registry.restart() // the server writes times of pulls now and then, and when it stops
    const { exitCode, stdout, stderr } = await cleanUp('--not-pulled-since', '12h', '--yes')
    expect({ exitCode, errors: errorsIn(stderr) }).toEqual({ exitCode: 0, errors: '' })
    expect(stdout).toContain('not pulled for 12h')
    expect([...(await left()).values()]).toEqual([['used']])
    expect(stdout).toContain(forgotten.index.digest.slice(0, 19))
  })

  it("cleans a repository of another account's registry, where its policy allows it", async () => {
    const other = await registry.createAccount('others')
    const policyText = JSON.stringify({
      Version: '2012-10-17',
      Statement: [{ Effect: 'Allow', Principal: { AWS: other.accountId }, Action: 'ecr-public:*' }],
    })
    await registry.control('SetRepositoryPolicy', { repositoryName: REPOSITORY, policyText })
    await pusher.multiArch('old', 2)
    const env = { AWS_ACCESS_KEY_ID: other.accessKeyId, AWS_SECRET_ACCESS_KEY: other.secretAccessKey }
    const args = [...TEAM, '--registry-id', registry.accountId, '--untagged', '--yes']
    const { exitCode, stderr } = await clean({ url: registry.url, env }, args)
    expect({ exitCode, errors: errorsIn(stderr) }).toEqual({ exitCode: 0, errors: '' })
    expect((await left()).size).toBe(0)
  })
})

describe('berth clean at a terminal', () => {
  const type = (steps: readonly Step[], args: readonly string[]) =>
    typeAt([process.execPath, BERTH, 'clean', ...args], steps, {
      ...environmentOf(registry.url),
      ...keys(),
      TERM: 'xterm',
      AWS_PAGER: '',
    })

  it('asks, and does nothing without a yes', async () => {
    await pusher.multiArch('old', 2)
    const no = await type([['Delete 3 images? [y/N] ', '\r']], [...TEAM, '--untagged'])
    expect(no).toMatchObject({ exit: 130, left: [] })
    expect(no.shown).toContain('Nothing was deleted.')
    expect((await left()).size).toBe(3)
    const yes = await type([['Delete 3 images? [y/N] ', 'y\r']], [...TEAM, '--untagged'])
    expect(yes).toMatchObject({ exit: 0, left: [] })
    expect(yes.shown).toContain('3 of 3')
    expect((await left()).size).toBe(0)
  })

  it('is left by Ctrl-C at the question', async () => {
    await pusher.image('old')
    expect(await type([['? [y/N] ', '\u0003']], [...TEAM, '--untagged'])).toMatchObject({ exit: 130 })
    expect((await left()).size).toBe(1)
  })
})
