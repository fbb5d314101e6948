import { fileURLToPath } from 'node:url'
import { expect, it } from 'vitest'
import { run } from '../support/run.ts'
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
})
