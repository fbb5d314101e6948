import { copyFile, mkdir, writeFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { expect, it } from 'vitest'
import { run } from '../support/run.ts'
import { makeScratch } from '../support/scratch.ts'
import { describeWith, toolPath } from '../support/tools.ts'

const UNIT = fileURLToPath(new URL('../../packaging/systemd/berthd.service', import.meta.url))

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

  it('is one that systemd reads without a word', async () => {
    await using scratch = await makeScratch()
    for (const folder of ['root/usr/bin', 'root/etc/systemd/system'])
      await mkdir(scratch.path(folder), { recursive: true })
    await writeFile(scratch.path('root/usr/bin/berthd'), '', { mode: 0o755 })
    await writeFile(scratch.path('root/etc/systemd/system/sysinit.target'), '[Unit]\n')
    await copyFile(UNIT, scratch.path('root/etc/systemd/system/berthd.service'))
    const root = `--root=${scratch.path('root')}`
    const verified = await run(toolPath('systemd-analyze'), ['verify', '--man=no', root, 'berthd.service'])
    expect(verified).toMatchObject({ exitCode: 0, stdout: '', stderr: '' })
  })
})
