import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { CONFIG } from '../../scripts/distribute/image.mjs'
import { inFull } from '../../testing/in-full.ts'
import { control, loginPassword } from '../support/control.ts'
import { type Docker, startDocker } from '../support/dockerd.ts'
import { tar } from '../support/images.ts'
import { type Registry, startRegistry } from '../support/registry.ts'
import { run, succeed } from '../support/run.ts'
import { makeScratch, type Scratch } from '../support/scratch.ts'
import { skopeoFor } from '../support/skopeo.ts'
import { describeWith, toolPath } from '../support/tools.ts'

const DISTRIBUTE = fileURLToPath(new URL('../../scripts/distribute.mjs', import.meta.url))
const DOCKERFILE = new URL('../../packaging/Dockerfile', import.meta.url)
const UNIT = new URL('../../packaging/systemd/berthd.service', import.meta.url)

/** What the script made: the folder of the image, in the OCI layout, with its tag, and the file of the package. */
interface Distribution {
  readonly layout: string
  readonly source: string
  readonly package: string
}

let scratch: Scratch
let making: Promise<Distribution> | undefined
beforeAll(async () => {
  scratch = await makeScratch()
})
afterAll(() => scratch?.[Symbol.asyncDispose]())

/** Made once, by the first who asks. */
const distribute = (): Promise<Distribution> => {
  making ??= make()
  return making
}

async function make(): Promise<Distribution> {
  // Compressed as they are shipped it takes three times as long.
  const wanted = [DISTRIBUTE, 'image', 'deb', '--into', scratch.path(), ...inFull(['--uncompressed'], [])]
  const out = await succeed(process.execPath, wanted, { timeoutSeconds: 600 })
  const [, source = '', layout = ''] = /(oci:(\S+):\S+)/.exec(out) ?? []
  const [file = ''] = /\S+\.deb/.exec(out) ?? []
  return { layout, source, package: file }
}

describeWith(['docker', 'dockerd', 'skopeo', 'root'], 'the container image', () => {
  let registry: Registry
  let engine: Docker
  let image: string

  beforeAll(async () => {
    const { source } = await distribute()
    registry = await startRegistry()
    await registry.control('CreateRepository', { repositoryName: 'berthd' })
    const skopeo = await skopeoFor(registry)
    await skopeo.push(source, `${registry.alias}/berthd:latest`)
    image = `${registry.host}/${registry.alias}/berthd:latest`
    engine = await startDocker()
    await engine.docker(['pull', image], { timeoutSeconds: 300 })
  }, 900_000)
  afterAll(async () => {
    await engine?.[Symbol.asyncDispose]()
    await registry?.[Symbol.asyncDispose]()
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
    // Docker would compress the large image of the server once more.
    await writeFile(scratch.path('small.tar'), tar({ file: Buffer.from('small') }))
    await engine.docker(['import', scratch.path('small.tar'), target])
    expect(await engine.docker(['push', target])).toContain('1: digest: sha256:')

    await engine.docker(['stop', 'one'])
    expect(await engine.docker(['inspect', '--format', '{{.State.ExitCode}}', 'one'])).toBe('0')
    const again = await start('two', '--volume', 'registry:/data')
    const { imageDetails } = await control(String(again.url), key, 'DescribeImages', { repositoryName: 'tools/berthd' })
    expect(imageDetails[0].imageTags).toEqual(['1'])
    expect(await engine.docker(['exec', 'two', ...CONFIG.Healthcheck.Test.slice(1)])).toBe('')
  })

  it('is refused a volume that another container serves from', async () => {
    const { url, log } = await start('rival', '--volume', 'registry:/data')
    expect([url, log]).toEqual([undefined, expect.stringContaining('/data is in use by another berthd')])
  })

  it('is killed for memory, and serves from its volume again', async () => {
    await engine.docker(['stop', 'two'])
    // Less than Node itself takes. A machine that knows no limits kills nothing: then this does.
    const { url } = await start('small', '--memory', '32m', '--memory-swap', '32m', '--volume', 'registry:/data')
    if (url !== undefined) await engine.attempt(['kill', 'small'])
    expect(await engine.docker(['wait', 'small'])).toBe('137')
    expect((await start('after', '--volume', 'registry:/data')).url).toBeDefined()
    expect(await engine.docker(['exec', 'after', ...CONFIG.Healthcheck.Test.slice(1)])).toBe('')
  })

  it('says what is wrong with the volume of another user', async () => {
    await mkdir(scratch.path('theirs'), { mode: 0o700 })
    const { url, log } = await start('three', '--volume', `${scratch.path('theirs')}:/data`)
    expect(url).toBeUndefined()
    expect(log).toMatch(/\/data/)
    expect(log).not.toMatch(/^\s+at /m)
  })
})

describeWith(['root', 'busybox', 'dpkg'], 'the package for Debian', () => {
  let system: string

  beforeAll(async () => {
    const { package: file, layout } = await distribute()
    system = scratch.path('system')
    // As small a system as the package needs: the image's layer of C libraries, a shell and dpkg's own folder.
    await mkdir(system)
    await succeed('tar', ['--extract', `--file=${await firstLayer(layout)}`, `--directory=${system}`])
    for (const folder of ['var/lib/dpkg/info', 'var/lib/dpkg/updates', 'bin', 'etc', 'usr/bin', 'dev', 'proc', 'tmp'])
      await mkdir(`${system}/${folder}`, { recursive: true })
    await writeFile(`${system}/var/lib/dpkg/status`, '')
    await writeFile(`${system}/etc/passwd`, 'root:x:0:0::/:/bin/sh\n')
    await writeFile(`${system}/etc/group`, 'root:x:0:\n')
    await succeed('cp', [toolPath('busybox'), `${system}/bin/sh`])
    await dpkg('--install', file)
  }, 600_000)

  const dpkg = (...args: string[]) =>
    succeed(toolPath('dpkg'), [
      `--root=${system}`,
      ...['--force-depends', '--force-script-chrootless', '--log=/dev/null'],
      ...args,
    ])
  const inside = (program: string, ...args: string[]) => run('chroot', [system, `/usr/bin/${program}`, ...args])

  it('has programs that run with a Node of their own', async () => {
    expect((await inside('berthd', 'version')).stdout).toMatch(/^berthd \d+\.\d+\.\d+\n$/)
    expect((await inside('berth', '--version')).stdout).toMatch(/^berth\/\d.* Node\.js\/24\./)
    expect((await inside('docker-credential-berth', 'version')).stdout).toMatch(/^docker-credential-berth \d/)
    const init = await inside('berthd', 'init', '--data-dir', '/data')
    expect([init.exitCode, init.stdout + init.stderr]).toEqual([0, expect.stringContaining('"accessKeyId"')])
  })

  it('makes the user that the unit runs the server as, and brings pages and completions', async () => {
    expect(await readFile(`${system}/etc/passwd`, 'utf8')).toMatch(/^berth:.*:\/var\/lib\/berth:/m)
    expect(await readFile(`${system}/usr/lib/systemd/system/berthd.service`, 'utf8')).toBe(await readFile(UNIT, 'utf8'))
    for (const path of ['man/man1/berthd.1.gz', 'bash-completion/completions/berth', 'zsh/vendor-completions/_berth'])
      expect((await readFile(`${system}/usr/share/${path}`)).length).toBeGreaterThan(20)
  })

  it('leaves what was stored and what was set when it is removed', async () => {
    await mkdir(`${system}/var/lib/berth`, { recursive: true })
    await dpkg('--remove', 'berth')
    expect(await readFile(`${system}/etc/berth/berthd.env`, 'utf8')).toContain('BERTH_HOST')
    expect(await dpkg('--purge', 'berth')).toContain('stays in /var/lib/berth')
    await expect(readFile(`${system}/usr/lib/berth/bin/node`)).rejects.toThrow('ENOENT')
  })
})

/** The file of the first layer of an image in the OCI layout. */
async function firstLayer(layout: string): Promise<string> {
  const blob = (digest: string) => join(layout, 'blobs', digest.replace(':', '/'))
  const { manifests } = JSON.parse(await readFile(join(layout, 'index.json'), 'utf8'))
  const { layers } = JSON.parse(await readFile(blob(manifests[0].digest), 'utf8'))
  return blob(layers[0].digest)
}

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
