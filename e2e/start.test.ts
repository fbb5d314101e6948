import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { describe, expect, it, onTestFinished } from 'vitest'
import { succeed } from './support/run.ts'
import { makeScratch } from './support/scratch.ts'
import { BERTHD, launch } from './support/server-process.ts'
import { typeAt } from './support/terminal.ts'

const root = fileURLToPath(new URL('..', import.meta.url))

/** Has Node say which files it loads as modules. */
const TELL_FILES = `data:text/javascript,${encodeURIComponent(`
import { register } from 'node:module'
register('data:text/javascript,' + encodeURIComponent(\`
  import { writeSync } from 'node:fs'
  export const load = (url, context, next) => (url.startsWith('file:') && writeSync(1, url + '\\\\n'), next(url, context))
\`))`)}`

it('loads few files, since each of hundreds would take part of a millisecond', async () => {
  await using scratch = await makeScratch()
  const berthd = (...args: string[]) =>
    succeed(process.execPath, ['--import', TELL_FILES, BERTHD, ...args, '--data-dir', scratch.path('data')])
  await berthd('init')
  const loaded = (await berthd('admin', 'account', 'list')).match(/^file:.*$/gm) ?? []
  expect(loaded).toContainEqual(expect.stringMatching(/dist\/program\/main\.js$/))
  expect(loaded.length).toBeLessThan(30)
})

describe('npm start', () => {
  it('runs neither npm nor the compiler when nothing has changed', async () => {
    const start = () => succeed(process.execPath, ['scripts/start.mjs', 'version'], { cwd: root })
    await start() // may have to build
    expect(await start()).toMatch(/^berthd \d+\.\d+\.\d+$/)
  })

  it('drains and exits with 0 on Ctrl-C', async () => {
    await using scratch = await makeScratch()
    const args = ['start', '--', '--port', '0', '--data-dir', scratch.path('data')]
    // What steers the tests has names like those of settings, which berthd would not know.
    const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('BERTH_')))
    const npm = spawn('npm', args, { cwd: root, env, detached: true, stdio: ['ignore', 'pipe', 'inherit'] })
    const ended = once(npm, 'close')
    onTestFinished(() => {
      if (npm.pid !== undefined && npm.exitCode === null) process.kill(-npm.pid, 'SIGKILL')
    })
    let output = ''
    npm.stdout.on('data', function pressCtrlC(chunk) {
      output += chunk
      if (npm.pid === undefined || !output.includes('berth is serving at ')) return
      npm.stdout.off('data', pressCtrlC).resume()
      process.kill(-npm.pid, 'SIGINT') // a terminal signals its whole foreground group: npm and the server
    })
    expect(await ended).toEqual([0, null])
  })
})

describe('berthd', () => {
  const LINES = (data: string) =>
    new RegExp(`^The first access key is in ${data}/credentials; berth is serving at (\\S+)\\nberth has stopped\\.\\n$`)

  it('says one line at its start and one at its end, and logs levels and times as people read them', async () => {
    await using scratch = await makeScratch()
    const server = await launch({ dataDir: scratch.path('data'), port: '0', args: ['--log-level', 'info'] })
    await (await fetch(`${server.url}/healthz`)).arrayBuffer()
    await server.end('SIGTERM')
    const logged = server
      .output()
      .split('\n')
      .filter(line => line.startsWith('{'))
    expect(
      server
        .output()
        .split('\n')
        .filter(line => !line.startsWith('{'))
        .join('\n'),
    ).toMatch(LINES(scratch.path('data')))
    expect(logged).not.toEqual([])
    for (const line of logged)
      expect(JSON.parse(line)).toMatchObject({
        level: 'info',
        time: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/),
      })
  })

  it('shows a tour on a terminal, at the first start alone', async () => {
    await using scratch = await makeScratch()
    const start = (shown: string) =>
      typeAt([process.execPath, BERTHD, '--port', '0', '--data-dir', scratch.path('data')], [[shown, '\x03']], {})
    const first = await start('Press Ctrl-C to stop.')
    expect(first.exit).toBe(0)
    expect(first.shown).toContain(`berth configure --local --data-dir ${scratch.path('data')}`)
    const second = await start('berth is serving at ')
    expect([second.exit, second.shown.replaceAll('\r', '')]).toEqual([
      0,
      expect.stringMatching(/^berth is serving at \S+\n(?:\^C)?berth has stopped\.\n$/),
    ])
  })
})
