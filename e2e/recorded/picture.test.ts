import { fileURLToPath } from 'node:url'
import { describe, expect } from 'vitest'
import { testEmbedded } from '../support/embedded.ts'
import { succeed } from '../support/run.ts'

const root = new URL('../../', import.meta.url)

describe('the picture of a session in the README', () => {
  testEmbedded('it starts a server of its own', 'shows what both programs say today', async () => {
    const picture = await succeed(process.execPath, [fileURLToPath(new URL('scripts/picture.mjs', root)), '--print'])
    await expect(`${picture}\n`).toMatchFileSnapshot(fileURLToPath(new URL('docs/session.svg', root)))
  })
})
