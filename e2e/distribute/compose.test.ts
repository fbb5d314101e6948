import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { expect, it } from 'vitest'
import { parse } from 'yaml'
import { run, succeed } from '../support/run.ts'
import { BERTHD } from '../support/server-process.ts'

const COMPOSE = fileURLToPath(new URL('../../packaging/compose.yaml', import.meta.url))

/** What the file asks of the person who uses it. */
const GIVEN = {
  BERTH_PUBLIC_URL: 'https://registry.example',
  BERTH_SECRET_KEY: '0'.repeat(64),
  POSTGRES_PASSWORD: 'secret',
  S3_SECRET_KEY: 'secret',
}

it('packaging/compose.yaml sets what berthd knows, asks for what it needs, and names only services that it has', async () => {
  const text = await readFile(COMPOSE, 'utf8')
  const { services } = parse(text, { merge: true })
  const help = await succeed(process.execPath, [BERTHD, 'help'])
  for (const name of ['berth-1', 'berth-2'])
    for (const variable of Object.keys(services[name].environment).filter(each => each.startsWith('BERTH_')))
      expect(help).toContain(`, ${variable}, `)
  const asked = new Set(Array.from(text.matchAll(/\$\{(\w+):\?\}/g), ([, name]) => name))
  expect([...asked].sort()).toEqual(Object.keys(GIVEN).sort())
  for (const { depends_on: needs = {} } of Object.values<{ depends_on?: object | string[] }>(services))
    for (const name of Array.isArray(needs) ? needs : Object.keys(needs)) expect(Object.keys(services)).toContain(name)
})

const hasCompose = await run('/usr/bin/docker', ['compose', 'version']).then(
  ({ exitCode }) => exitCode === 0,
  () => false,
)

it.skipIf(!hasCompose)('packaging/compose.yaml is read by docker compose (needs its plugin)', async () => {
  const { exitCode, stderr } = await run('/usr/bin/docker', ['compose', '--file', COMPOSE, 'config', '--quiet'], {
    env: GIVEN,
  })
  expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' })
})
