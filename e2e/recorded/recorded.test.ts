/**
 * What scripts match: flags, settings and help of both programs, the errors of both wires, and the fields of the log.
 * It was recorded first from the release before the rooms (commit 746d686). A change on purpose is a change of the
 * recording in the same commit: `npm run record`.
 */
import { describe, expect, it } from 'vitest'
import { testEmbedded } from '../support/embedded.ts'
import { adminErrors, controlErrors, registryErrors } from './error-texts.ts'
import { commandHelp, commandNames, serverHelp } from './help.ts'
import { logFields } from './log-fields.ts'

const recorded = (name: string) => new URL(`texts/${name}`, import.meta.url).pathname

describe('what scripts match is as it was recorded', () => {
  it('settings, flags and help of berthd', async () => {
    await expect(await serverHelp()).toMatchFileSnapshot(recorded('berthd.txt'))
  })

  it('flags and help of berth', async () => {
    await expect(await commandHelp([])).toMatchFileSnapshot(recorded('berth.txt'))
    const names = await commandNames()
    expect(names.length).toBeGreaterThan(5)
    for (const name of names) await expect(await commandHelp([name])).toMatchFileSnapshot(recorded(`berth-${name}.txt`))
  })

  it('errors of the control API', async () => {
    await expect(controlErrors()).toMatchFileSnapshot(recorded('control-errors.txt'))
  })

  it('errors of berthd admin', async () => {
    await expect(adminErrors()).toMatchFileSnapshot(recorded('admin-errors.txt'))
  })

  it('errors of the registry endpoint', async () => {
    await expect(registryErrors()).toMatchFileSnapshot(recorded('registry-errors.txt'))
  })

  testEmbedded('a server alone has a log of its own', 'fields of the log', async () => {
    await expect(await logFields()).toMatchFileSnapshot(recorded('log-fields.txt'))
  })
})
