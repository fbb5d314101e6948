import { afterAll, beforeAll, expect, it } from 'vitest'
import { inFull } from '../../testing/in-full.ts'
import { openPusher } from '../support/many-images.ts'
import { type Registry, startRegistry } from '../support/registry.ts'
import { succeed } from '../support/run.ts'
import { describeWith, toolPath } from '../support/tools.ts'
import { clean, environmentOf } from './clean.ts'

const INDEXES = inFull(100, 300)
const CHILDREN = 2
const RELEASES = 5

/** What a shell does with AWS CLI: everything untagged, a hundred at a time. */
const PASS = `
  endpoint="--endpoint-url $AWS_ENDPOINT_URL"
  "$AWS" ecr-public $endpoint describe-images --repository-name "$1" --query 'imageDetails[?!not_null(imageTags)].imageDigest' \\
    --output text | tr '\\t' '\\n' | grep sha256 | sed 's/^/imageDigest=/' |
  xargs -r -n 100 "$AWS" ecr-public $endpoint batch-delete-image --repository-name "$1" --output text --image-ids > /dev/null`

/** Nightly builds of several architectures under one tag leave an untagged index with its images every night. */
describeWith(['aws'], 'a repository of nightly builds', () => {
  let registry: Registry
  beforeAll(async () => {
    registry = await startRegistry()
    for (const name of ['zeek/by-berth', 'zeek/by-aws']) {
      await registry.control('CreateRepository', { repositoryName: name })
      const pusher = await openPusher(registry, name)
      await pusher.all(INDEXES, n => pusher.multiArch(`nightly ${n}`, CHILDREN))
      await pusher.all(RELEASES, n => pusher.multiArch(`release ${n}`, CHILDREN, `v${n}`))
    }
  })
  afterAll(() => registry?.[Symbol.asyncDispose]())

  async function left(repositoryName: string): Promise<string[]> {
    const digests: string[] = []
    for (let nextToken: string | undefined; ; ) {
      const page = await registry.control('DescribeImages', { repositoryName, maxResults: 1000, nextToken })
      digests.push(...page.imageDetails.map((image: { imageDigest: string }) => image.imageDigest))
      nextToken = page.nextToken
      if (nextToken === undefined) return digests.sort()
    }
  }
  const kept = RELEASES * (1 + CHILDREN)
  const keys = () => ({ AWS_ACCESS_KEY_ID: registry.accessKeyId, AWS_SECRET_ACCESS_KEY: registry.secretAccessKey })

  it('is cleaned by one command, and by a loop of AWS CLI in two passes, to the same state', async () => {
    expect(await left('zeek/by-berth')).toHaveLength(INDEXES * (1 + CHILDREN) + kept)
    const { exitCode, stdout } = await clean({ url: registry.url, env: keys() }, [
      '--repository-name',
      'zeek/by-berth',
      '--untagged',
      '--yes',
    ])
    expect(exitCode).toBe(0)
    expect(stdout).toContain(`Deleted ${INDEXES * (1 + CHILDREN)} images.`)
    const state = await left('zeek/by-berth')
    expect(state).toHaveLength(kept)

    const env = { ...environmentOf(registry.url), ...keys(), AWS: toolPath('aws') }
    const pass = () => succeed('/bin/bash', ['-c', PASS, 'pass', 'zeek/by-aws'], { env, timeoutSeconds: 230 })
    await pass()
    expect((await left('zeek/by-aws')).length).toBeGreaterThan(kept)
    await pass()
    expect(await left('zeek/by-aws')).toEqual(state)
  })
})
