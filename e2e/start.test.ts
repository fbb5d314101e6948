import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { describe, expect, it, onTestFinished } from 'vitest'
import { succeed } from './support/run.ts'
import { makeScratch } from './support/scratch.ts'

const root = fileURLToPath(new URL('..', import.meta.url))

describe('npm start', () => {
  it('runs neither npm nor the compiler when nothing has changed', async () => {
    const start = () => succeed(process.execPath, ['scripts/start.mjs', 'version'], { cwd: root })
    await start() // may have to build
    expect(await start()).toMatch(/^berthd \d+\.\d+\.\d+$/)
  })

  it('drains and exits with 0 on Ctrl-C', async () => {
    await using scratch = await makeScratch()
    const args = ['start', '--', '--port', '0', '--data-dir', scratch.path('data')]
    const { BERTH_E2E_STORAGE: _, ...env } = process.env // which is no setting of berthd
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
