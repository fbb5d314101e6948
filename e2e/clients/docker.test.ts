import { readFile, symlink, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { galleryOf } from '../gallery/documents.ts'
import { awsFor } from '../support/aws.ts'
import { DOCKER_CREDENTIAL_BERTH } from '../support/berth.ts'
import { expireLogins, MOVABLE_CLOCK } from '../support/clock.ts'
import { type Docker, startDocker } from '../support/dockerd.ts'
import { tar } from '../support/images.ts'
import { type Anonymous, anonymous } from '../support/oci.ts'
import { type Registry, startRegistry } from '../support/registry.ts'
import { makeScratch } from '../support/scratch.ts'
import { describeWith, toolPath } from '../support/tools.ts'

describeWith(['docker', 'dockerd', 'busybox', 'aws', 'root'], 'docker', () => {
  let registry: Registry
  let engine: Docker
  let reader: Anonymous
  let image: string // without a tag

  beforeAll(async () => {
    registry = await startRegistry({ env: MOVABLE_CLOCK, args: ['--log-level', 'info'] })
    engine = await startDocker()
    reader = await anonymous(registry.url)
    image = `${registry.host}/${registry.alias}/tools/busybox`
    await registry.control('CreateRepository', { repositoryName: 'tools/busybox' })

    await using scratch = await makeScratch()
    const archive = scratch.path('root.tar')
    await writeFile(archive, tar({ 'bin/busybox': await readFile(toolPath('busybox')) }))
    await engine.docker(['import', '--change', 'ENTRYPOINT ["/bin/busybox"]', archive, 'busybox:local'])
  })
  afterAll(async () => {
    await engine?.[Symbol.asyncDispose]()
    await registry?.[Symbol.asyncDispose]()
  })

  const tagAndPush = async (tag: string) => {
    await engine.docker(['tag', 'busybox:local', `${image}:${tag}`])
    return engine.docker(['push', `${image}:${tag}`])
  }
  const forget = async () => {
    const references = await engine.docker(['images', '--format', '{{.Repository}}:{{.Tag}}', image])
    for (const reference of references.split('\n').filter(Boolean)) await engine.docker(['rmi', reference])
  }

  it('may not push before it has logged in', async () => {
    await engine.docker(['tag', 'busybox:local', `${image}:early`])
    const { exitCode, stderr } = await engine.attempt(['push', `${image}:early`])
    expect(exitCode).not.toBe(0)
    expect(stderr).toMatch(/no basic auth credentials|denied|unauthorized/)
  })

  it('is refused with a wrong password', async () => {
    const login = ['login', '--username', 'AWS', '--password-stdin', registry.host]
    const { exitCode, stderr } = await engine.attempt(login, { stdin: 'eyWrong' })
    expect(exitCode).not.toBe(0)
    expect(stderr).toMatch(/unauthorized|denied|401|403/)
  })

  it('logs in with the password that `aws ecr-public get-login-password` prints', async () => {
    const password = await awsFor(registry).text(['get-login-password'])
    const login = ['login', '--username', 'AWS', '--password-stdin', registry.host]
    expect(await engine.docker(login, { stdin: password })).toContain('Login Succeeded')
  })

  it('pushes one image under several tags, and pulls it by tag and by digest', async () => {
    const [, digest = ''] = /digest: (sha256:[0-9a-f]{64})/.exec(await tagAndPush('1.0')) ?? []
    expect(await tagAndPush('latest')).toContain(`latest: digest: ${digest}`)

    expect(await galleryOf(registry, `${registry.alias}/tools/busybox/-/json/image/latest`)).toMatchObject({
      ...{ digest, tags: ['1.0', 'latest'], manifest: { kind: 'image', layers: { total: 1 } } },
      config: { platform: { os: 'linux' }, entrypoint: { items: ['/bin/busybox'], total: 1 } },
    })
    const { imageDetails } = await registry.control('DescribeImages', { repositoryName: 'tools/busybox' })
    expect(imageDetails).toHaveLength(1)
    expect(imageDetails[0].imageDigest).toBe(digest)
    expect([...imageDetails[0].imageTags].sort()).toEqual(['1.0', 'latest'])
    expect(imageDetails[0].imageManifestMediaType).toBe('application/vnd.docker.distribution.manifest.v2+json')
    expect(await reader.digestOf(`${registry.alias}/tools/busybox`, 'latest')).toBe(digest)

    await forget()
    expect(await engine.docker(['pull', `${image}:1.0`])).toContain(`Digest: ${digest}`)
    await forget()
    expect(await engine.docker(['pull', `${image}@${digest}`])).toContain(`Digest: ${digest}`)
  })

  it('runs what it has pulled', async () => {
    await engine.docker(['pull', `${image}:latest`])
    const command = ['run', '--rm', '--network', 'none', `${image}:latest`, 'echo', 'hello from the registry']
    expect(await engine.docker(command)).toBe('hello from the registry')
  })

  it('finds every layer there when it pushes again after a restart', async () => {
    await registry.restart()
    expect(await tagAndPush('again')).toContain('Layer already exists')
  })

  it('says which repository is missing', async () => {
    await engine.docker(['tag', 'busybox:local', `${registry.host}/${registry.alias}/nowhere:1`])
    const { exitCode, stderr } = await engine.attempt(['push', `${registry.host}/${registry.alias}/nowhere:1`])
    expect(exitCode).not.toBe(0)
    expect(stderr).toContain("'nowhere' does not exist")
  })

  it('pushes without a login by docker-credential-berth', async () => {
    await using scratch = await makeScratch()
    await symlink(DOCKER_CREDENTIAL_BERTH, scratch.path('docker-credential-berth'))
    await writeFile(scratch.path('config.json'), JSON.stringify({ credHelpers: { [registry.host]: 'berth' } }))
    const env = {
      DOCKER_CONFIG: scratch.path(),
      HOME: scratch.path(),
      PATH: `${scratch.path()}:${dirname(process.execPath)}:/usr/bin:/bin`,
      AWS_ACCESS_KEY_ID: registry.accessKeyId,
      AWS_SECRET_ACCESS_KEY: registry.secretAccessKey,
      AWS_REGION: 'us-east-1',
      AWS_ENDPOINT_URL: registry.url,
    }
    await engine.docker(['tag', 'busybox:local', `${image}:helped`])
    expect(await engine.docker(['push', `${image}:helped`], { env })).toContain('helped: digest: sha256:')
  })

  it('pulls what is public although its login has expired, and neither pushes nor logs in with it', async () => {
    const password = await registry.password()
    await expireLogins(registry, password)
    await forget()
    expect(await engine.docker(['pull', `${image}:latest`])).toContain('Downloaded newer image')
    expect(registry.output()).toContain('tokenForExpiredLogin')
    await engine.docker(['tag', 'busybox:local', `${image}:late`])
    const push = await engine.attempt(['push', `${image}:late`])
    expect([push.exitCode, push.stderr]).toEqual([1, expect.stringMatching(/unauthorized|authorization|denied/i)])
    const login = await engine.attempt(['login', '--username', 'AWS', '--password-stdin', registry.host], {
      stdin: password,
    })
    expect([login.exitCode, login.stderr]).toEqual([1, expect.stringContaining('expired')])
  })

  it('pulls without an account once it has logged out', async () => {
    await engine.docker(['logout', registry.host])
    await forget()
    expect(await engine.docker(['pull', `${image}:latest`])).toContain('Downloaded newer image')
  })
})
