import { fileURLToPath } from 'node:url'
import { beforeAll, describe, expect, it } from 'vitest'
import { succeed } from './support/run.ts'

const root = fileURLToPath(new URL('..', import.meta.url))
const OTHER_ACCOUNT = '123456789098'

describe('npm run demo', () => {
  /** The digest of every image that was pushed, by its account's alias and its tag. */
  const pushed = new Map<string, string>()
  /** Each command that was shown, without the name of the repository, and the JSON below it. */
  let shown: { command: string; output: unknown }[] = []

  beforeAll(async () => {
    // Settings of the person's own server, which the demo must leave alone.
    const env = { BERTH_DATABASE: 'postgres://nobody@127.0.0.1:1/none', BERTH_REGIONS: 'eu-west-1' }
    const output = await succeed(process.execPath, ['scripts/demo.mjs'], { cwd: root, env })
    for (const [, place = '', tag = '', digest = ''] of output.matchAll(
      /^Pushed 127\.0\.0\.1:\d+\/(\w[\w-]*)\/project-a\/nginx-web-app(:\S+)? \((sha256:[\da-f]{64})\)$/gm,
    )) {
      pushed.set(`${place === 'project-b' ? place : 'own'}${tag}`, digest)
    }
    shown = [...output.matchAll(/^(?:\d+ )?\$ berth ecr-public (.*)\n(\{\n[\s\S]*?^\})/gm)].map(
      ([, command = '', json = '']) => ({
        command: command.replace(' --repository-name project-a/nginx-web-app', ''),
        output: JSON.parse(json),
      }),
    )
  })

  it('pushes to two registries', () => {
    expect([...pushed.keys()]).toEqual(['own:latest', 'own:_temp', 'own:temp2.0', 'own', 'project-b:temp2.0'])
    expect(new Set(pushed.values()).size).toBe(5)
  })

  it('deletes in the four documented ways', () => {
    const image = (place: string, tag?: string) => ({
      imageDigest: pushed.get(tag === undefined ? place : `${place}:${tag}`),
      ...(tag !== undefined && { imageTag: tag }),
    })
    const deletion = (ids: string, ...imageIds: unknown[]) => ({
      command: `batch-delete-image --image-ids ${ids}`,
      output: { imageIds, failures: [] },
    })
    expect(shown.filter(({ command }) => command.startsWith('batch-delete-image'))).toEqual([
      deletion(`imageDigest=${pushed.get('own:latest')}`, image('own', 'latest')),
      deletion('imageTag=_temp', image('own', '_temp')),
      deletion(`imageTag=temp2.0 imageDigest=${pushed.get('own')}`, image('own', 'temp2.0'), image('own')),
      deletion(
        `imageDigest=${pushed.get('project-b:temp2.0')} --registry-id ${OTHER_ACCOUNT} --region us-east-1`,
        image('project-b', 'temp2.0'),
      ),
    ])
  })

  it('is let into the other registry by a policy, and leaves nothing in either', () => {
    const outputOf = (operation: string) => shown.filter(({ command }) => command.startsWith(operation))
    expect(outputOf('set-repository-policy')).toMatchObject([{ output: { registryId: OTHER_ACCOUNT } }])
    expect(outputOf('describe-images').map(({ output }) => output)).toEqual([
      { imageDetails: [] },
      { imageDetails: [] },
    ])
  })
})
