import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { makeDebianRoot } from '../../scripts/distribute/debian-root.mjs'
import { run, succeed } from '../support/run.ts'
import { makeScratch, type Scratch } from '../support/scratch.ts'
import { describeWith, toolPath } from '../support/tools.ts'

const DISTRIBUTE = fileURLToPath(new URL('../../scripts/distribute.mjs', import.meta.url))
const UNIT = fileURLToPath(new URL('../../packaging/systemd/berthd.service', import.meta.url))

describeWith(['root', 'busybox', 'dpkg'], 'the package for Debian', () => {
  let scratch: Scratch
  let system: string

  beforeAll(async () => {
    scratch = await makeScratch()
    system = scratch.path('system')
    const out = await succeed(process.execPath, [DISTRIBUTE, 'deb', '--into', scratch.path()], { timeoutSeconds: 300 })
    const [file = ''] = /\S+\.deb/.exec(out) ?? []
    // As small a system as the package needs: the C libraries, a shell and dpkg's own folder.
    makeDebianRoot(system, process.arch === 'arm64' ? 'arm64' : 'amd64')
    for (const folder of ['var/lib/dpkg/info', 'var/lib/dpkg/updates', 'bin', 'etc', 'usr/bin', 'dev', 'proc', 'tmp'])
      await mkdir(`${system}/${folder}`, { recursive: true })
    await writeFile(`${system}/var/lib/dpkg/status`, '')
    await writeFile(`${system}/etc/passwd`, 'root:x:0:0::/:/bin/sh\n')
    await writeFile(`${system}/etc/group`, 'root:x:0:\n')
    await succeed('cp', [toolPath('busybox'), `${system}/bin/sh`])
    await dpkg('--install', file)
  }, 300_000)
  afterAll(() => scratch?.[Symbol.asyncDispose]())

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

describeWith(['systemd-analyze'], 'the unit for systemd', () => {
  it('is hardened as far as Node allows', async () => {
    const { stdout, stderr } = await run(toolPath('systemd-analyze'), [
      ...['security', '--offline=true', '--threshold=20', '--no-pager'],
      UNIT,
    ])
    expect(stderr).not.toContain('ignoring')
    const [, exposure = ''] = /exposure level for berthd\.service: ([\d.]+)/.exec(stdout) ?? []
    expect(Number(exposure)).toBeGreaterThan(0)
    expect(Number(exposure)).toBeLessThan(2)
  })
})
