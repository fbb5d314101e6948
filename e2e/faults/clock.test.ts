import { writeFile } from 'node:fs/promises'
import { setTimeout as delay } from 'node:timers/promises'
import { expect, vi } from 'vitest'
import { basicOf, OciClient } from '../oci/client.ts'
import { randomImage } from '../oci/content.ts'
import { Repository } from '../oci/repository.ts'
import { testEmbedded } from '../support/embedded.ts'
import { startRegistry } from '../support/registry.ts'
import { makeScratch } from '../support/scratch.ts'
import { launch } from '../support/server-process.ts'

const DAY_MS = 24 * 60 * 60 * 1000
/** Moves the clock of a process by so many milliseconds. */
const SHIFT = `const Right = Date
const ms = Number(process.env.SHIFT_MS)
globalThis.Date = class extends Right {
  constructor(...args) { args.length > 0 ? super(...args) : super(Right.now() + ms) }
  static now() { return Right.now() + ms }
}
`
testEmbedded(
  'it starts a second server on the folder',
  'a clock that was 400 days ahead for a moment takes nothing away',
  async () => {
    await using scratch = await makeScratch()
    const file = scratch.path('shift.cjs')
    await writeFile(file, SHIFT)
    const args = ['--collect-seconds', '1', '--bin-days', '30']
    await using registry = await startRegistry({ args })
    const repositoryName = 'clock/app'
    await registry.control('CreateRepository', { repositoryName })
    const repository = new Repository(new OciClient(registry), `${registry.alias}/${repositoryName}`)
    await repository.pushImage(randomImage('binned'), 'binned')
    await registry.control('BatchDeleteImage', { repositoryName, imageIds: [{ imageTag: 'binned' }] })
    const login = basicOf('AWS', await registry.password())
    const isGoodAt = async (url: string) => (await fetch(`${url}/v2/`, { headers: { authorization: login } })).status
    expect(await isGoodAt(registry.url)).toBe(200)
    const known = () => registry.stores.query("select name from schedules where name = 'clock' and finished_at > 0")
    await vi.waitFor(async () => expect(await known()).toHaveLength(1))
    await registry.stop()

    const env = { NODE_OPTIONS: `--require ${file}`, SHIFT_MS: `${400 * DAY_MS}` }
    const ahead = await launch({ dataDir: registry.dataDir, port: '0', args, env })
    expect(await isGoodAt(ahead.url)).toBe(401)
    await vi.waitFor(() => expect(ahead.output()).toContain('the clock is far ahead of the last time known'))
    // Somebody logs in meanwhile, so that a key is made.
    expect((await fetch(`${ahead.url}/token/?scope=repository:a/b:pull`)).status).toBe(200)
    await delay(2_500)
    await ahead.end('SIGTERM')

    await registry.restart()
    expect(await isGoodAt(registry.url)).toBe(200)
    const { deletedImages } = await registry.control('Berth_V1.ListDeletedImages', { repositoryName })
    expect(deletedImages).toHaveLength(1)
  },
)
