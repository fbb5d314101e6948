import { mkdir, readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { CONFIG } from '../../scripts/distribute/image.mjs'
import { control, loginPassword } from '../support/control.ts'
import { type Docker, startDocker } from '../support/dockerd.ts'
import { type Registry, startRegistry } from '../support/registry.ts'
import { succeed } from '../support/run.ts'
import { makeScratch, type Scratch } from '../support/scratch.ts'
import { skopeoFor } from '../support/skopeo.ts'
import { describeWith } from '../support/tools.ts'

const DISTRIBUTE = fileURLToPath(new URL('../../scripts/distribute.mjs', import.meta.url))
const DOCKERFILE = new URL('../../packaging/Dockerfile', import.meta.url)

describeWith(['docker', 'dockerd', 'skopeo', 'root'], 'the container image', () => {
  let scratch: Scratch
  let registry: Registry
  let engine: Docker
  let image: string

  beforeAll(async () => {
    scratch = await makeScratch()
    const options = { timeoutSeconds: 300 }
    const out = await succeed(process.execPath, [DISTRIBUTE, 'image', '--into', scratch.path()], options)
    const [, source = ''] = /(oci:\S+)/.exec(out) ?? []
    registry = await startRegistry()
    await registry.control('CreateRepository', { repositoryName: 'berthd' })
    const skopeo = await skopeoFor(registry)
    await skopeo.push(source, `${registry.alias}/berthd:latest`)
    image = `${registry.host}/${registry.alias}/berthd:latest`
    engine = await startDocker()
    await engine.docker(['pull', image], options)
  }, 600_000)
  afterAll(async () => {
    await engine?.[Symbol.asyncDispose]()
    await registry?.[Symbol.asyncDispose]()
    await scratch?.[Symbol.asyncDispose]()
  })

  /** A free port of this machine, whose network the container shares. */
  const HARDENED = ['--read-only', '--tmpfs', '/tmp', '--cap-drop', 'ALL', '--security-opt', 'no-new-privileges']
  const start = async (name: string, ...more: string[]) => {
    const where = ['--network', 'host', '--env', 'BERTH_HOST=127.0.0.1', '--env', 'BERTH_PORT=0']
    await engine.docker(['run', '--detach', '--name', name, ...where, ...HARDENED, ...more, image])
    for (;;) {
      // The state comes first: the log of a container that has ended is whole.
      const state = await engine.docker(['inspect', '--format', '{{.State.Running}}', name])
      const { stdout, stderr } = await engine.attempt(['logs', name])
      const [, url] = /berth is serving at (http:\S+)/.exec(stdout + stderr) ?? []
      if (url !== undefined || state.trim() !== 'true') return { url, log: stdout + stderr }
    }
  }

  it('serves as nobody on a read-only root, takes a push, and keeps it in its volume', async () => {
    const { url, log } = await start('one', '--volume', 'registry:/data')
    expect(log).toContain('berth is serving')
    const keys = await engine.docker(['cp', 'one:/data/credentials', '-'])
    const [, accessKeyId = '', secretAccessKey = ''] = /access_key_id = (\S+)\n.*access_key = (\S+)/.exec(keys) ?? []
    const key = { accessKeyId, secretAccessKey }
    await control(String(url), key, 'CreateRepository', { repositoryName: 'tools/berthd' })
    const { registries } = await control(String(url), key, 'DescribeRegistries', {})
    const host = new URL(String(url)).host
    const login = ['login', '--username', 'AWS', '--password-stdin', host]
    await engine.docker(login, { stdin: await loginPassword(String(url), key) })
    const target = `${host}/${registries[0].aliases[0].name}/tools/berthd:1`
    await engine.docker(['tag', image, target])
    expect(await engine.docker(['push', target])).toContain('1: digest: sha256:')

    await engine.docker(['stop', 'one'])
    expect(await engine.docker(['inspect', '--format', '{{.State.ExitCode}}', 'one'])).toBe('0')
    const again = await start('two', '--volume', 'registry:/data')
    const { imageDetails } = await control(String(again.url), key, 'DescribeImages', { repositoryName: 'tools/berthd' })
    expect(imageDetails[0].imageTags).toEqual(['1'])
    expect(await engine.docker(['exec', 'two', ...CONFIG.Healthcheck.Test.slice(1)])).toBe('')
  })

  it('says what is wrong with the volume of another user', async () => {
    await mkdir(scratch.path('theirs'), { mode: 0o700 })
    const { url, log } = await start('three', '--volume', `${scratch.path('theirs')}:/data`)
    expect(url).toBeUndefined()
    expect(log).toMatch(/\/data/)
    expect(log).not.toMatch(/^\s+at /m)
  })
})

describe('packaging/Dockerfile', () => {
  it('says of the image what the script says', async () => {
    const text = await readFile(DOCKERFILE, 'utf8')
    const said = (instruction: string) => new RegExp(`^${instruction} (.*)$`, 'm').exec(text)?.[1]
    expect(said('ENV')?.split(' ')).toEqual(CONFIG.Env)
    expect(said('USER')).toBe(CONFIG.User)
    expect(said('WORKDIR')).toBeDefined()
    expect(said('VOLUME')).toBe(Object.keys(CONFIG.Volumes).join())
    expect(said('EXPOSE')).toBe(Object.keys(CONFIG.ExposedPorts).join())
    expect(said('STOPSIGNAL')).toBe(CONFIG.StopSignal)
    expect(JSON.parse(said('ENTRYPOINT') ?? '')).toEqual(CONFIG.Entrypoint)
    expect(JSON.parse(said('CMD') ?? '')).toEqual(CONFIG.Cmd)
    const health = said('HEALTHCHECK') ?? ''
    expect(JSON.parse(health.slice(health.indexOf('[')))).toEqual(CONFIG.Healthcheck.Test.slice(1))
    const times = /--interval=(\d+)s --timeout=(\d+)s --start-period=(\d+)s/.exec(health)?.slice(1).map(Number)
    const { Interval, Timeout, StartPeriod } = CONFIG.Healthcheck
    expect(times?.map(seconds => seconds * 1e9)).toEqual([Interval, Timeout, StartPeriod])
  })
})
