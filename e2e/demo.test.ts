import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, readdir, readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { beforeAll, describe, expect, it, vi } from 'vitest'
import { bareEnvironment, succeed } from './support/run.ts'
import { makeScratch } from './support/scratch.ts'
import { typeAt } from './support/terminal.ts'

const root = fileURLToPath(new URL('..', import.meta.url))
const OTHER_ACCOUNT = '123456789098'

describe('npm run demo', () => {
  /** The digest of every image that was pushed, by its account's alias and its tag. */
  const pushed = new Map<string, string>()
  /** Each command that was shown, without the name of the repository, and the JSON below it. */
  let shown: { command: string; output: unknown }[] = []
  let left: unknown

  beforeAll(async () => {
    // Settings of the person's own server, which the demo must leave alone.
    const own = { BERTH_DATABASE: 'postgres://nobody@127.0.0.1:1/none', BERTH_REGIONS: 'eu-west-1' }
    const { ended: output, ...rest } = await leftAfter(env =>
      succeed(process.execPath, ['scripts/demo.mjs'], { cwd: root, env: { ...env, ...own } }),
    )
    left = rest
    for (const [, place = '', tag = '', digest = ''] of output.matchAll(
      /^Pushed 127\.0\.0\.1:\d+\/(\w[\w-]*)\/project-a\/nginx-web-app(:\S+)? \((sha256:[\da-f]{64})\)$/gm,
    )) {
      pushed.set(`${place === 'project-b' ? place : 'own'}${tag}`, digest)
    }
    shown = [...output.matchAll(/^(?:\d+ )?\$ berth ecr-public (.*)\n(\{\n[\s\S]*?^\})/gm)].map(
      ([, command = '', json = '']) => ({
        command: command.replace(' --repository-name project-a/nginx-web-app', ''),
        output: JSON.parse(json),
      }),
    )
  })

  it('pushes to two registries', () => {
    expect([...pushed.keys()]).toEqual(['own:latest', 'own:_temp', 'own:temp2.0', 'own', 'project-b:temp2.0'])
    expect(new Set(pushed.values()).size).toBe(5)
  })

  it('deletes in the four documented ways', () => {
    const image = (place: string, tag?: string) => ({
      imageDigest: pushed.get(tag === undefined ? place : `${place}:${tag}`),
      ...(tag !== undefined && { imageTag: tag }),
    })
    const deletion = (ids: string, ...imageIds: unknown[]) => ({
      command: `batch-delete-image --image-ids ${ids}`,
      output: { imageIds, failures: [] },
    })
    expect(shown.filter(({ command }) => command.startsWith('batch-delete-image'))).toEqual([
      deletion(`imageDigest=${pushed.get('own:latest')}`, image('own', 'latest')),
      deletion('imageTag=_temp', image('own', '_temp')),
      deletion(`imageTag=temp2.0 imageDigest=${pushed.get('own')}`, image('own', 'temp2.0'), image('own')),
      deletion(
        `imageDigest=${pushed.get('project-b:temp2.0')} --registry-id ${OTHER_ACCOUNT} --region us-east-1`,
        image('project-b', 'temp2.0'),
      ),
    ])
  })

  it('is let into the other registry by a policy, and leaves nothing in either', () => {
    const outputOf = (operation: string) => shown.filter(({ command }) => command.startsWith(operation))
    expect(outputOf('set-repository-policy')).toMatchObject([{ output: { registryId: OTHER_ACCOUNT } }])
    expect(outputOf('describe-images').map(({ output }) => output)).toEqual([
      { imageDetails: [] },
      { imageDetails: [] },
    ])
  })

  it('leaves no file and no process behind', () => expect(left).toEqual({ files: [], running: [] }))
})

describe('nothing is left of the demo', () => {
  const CTRL_C = '\x03'

  it('that was kept for a look at the gallery, after Ctrl-C', async () => {
    const look = async (env: Record<string, string>) => {
      const demo = spawn(process.execPath, ['scripts/demo.mjs', '--keep'], { cwd: root, env: bareEnvironment(env) })
      const ended = once(demo, 'close')
      let output = ''
      const url = await new Promise<string>((resolve, reject) => {
        ended.then(() => reject(new Error(output)), reject)
        demo.stdout.on('data', (piece: Buffer) => {
          output += piece
          const [, found] = /The gallery is at (\S+) until/.exec(output) ?? []
          if (found !== undefined) resolve(found)
        })
      })
      const page = await (await fetch(url, { headers: { accept: 'text/html' } })).text()
      demo.kill('SIGINT')
      return [(await ended)[0], page.includes('project-a/nginx-web-app')]
    }
    expect(await leftAfter(look)).toEqual({ ended: [130, true], files: [], running: [] })
  })

  /** Sends a signal to the demo alone, once it has written a text. */
  async function signalAt(text: string, signal: NodeJS.Signals, env: Record<string, string>): Promise<unknown> {
    const demo = spawn(process.execPath, ['scripts/demo.mjs'], { cwd: root, env: bareEnvironment(env) })
    const ended = once(demo, 'close')
    let output = ''
    demo.stdout.on('data', (piece: Buffer) => {
      const before = output
      output += piece
      if (output.includes(text) && !before.includes(text)) demo.kill(signal)
    })
    return (await ended)[0]
  }

  it.each(['A throw-away registry', 'Pushed'])('after Ctrl-C at "%s"', async text => {
    const press = async (env: Record<string, string>) =>
      (await typeAt([process.execPath, `${root}scripts/demo.mjs`], [[text, CTRL_C]], env)).exit
    expect(await leftAfter(press)).toEqual({ ended: 130, files: [], running: [] })
  })

  it('after SIGTERM, of which its server hears nothing', async () => {
    const told = (env: Record<string, string>) => signalAt('$ berth ecr-public', 'SIGTERM', env)
    expect(await leftAfter(told)).toEqual({ ended: 143, files: [], running: [] })
  })

  it('after SIGKILL, of which it hears nothing itself', async () => {
    const killed = (env: Record<string, string>) => signalAt('A throw-away registry', 'SIGKILL', env)
    expect(await leftAfter(killed, 30_000)).toEqual({ ended: null, files: [], running: [] })
  })

  it('after its reader has gone', async () => {
    const command = `'${process.execPath}' scripts/demo.mjs | head -n 1`
    const cut = (env: Record<string, string>) => succeed('sh', ['-c', command], { cwd: root, env })
    expect(await leftAfter(cut)).toMatchObject({ files: [], running: [] })
  })
})

/** The command lines of processes in which a text stands. */
async function commandsThatName(text: string): Promise<string[]> {
  const pids = (await readdir('/proc')).filter(name => /^\d+$/.test(name))
  const lines = await Promise.all(pids.map(pid => readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')))
  return lines.filter(line => line.includes(text))
}

/**
 * Runs the demo with folders of its own, and resolves to what is in them afterwards and what still runs. What ends it
 * may take `patienceMs`, where others clean up.
 */
async function leftAfter<T>(end: (env: Record<string, string>) => Promise<T>, patienceMs = 0) {
  await using scratch = await makeScratch()
  const env = { TMPDIR: scratch.path('tmp'), HOME: scratch.path('home') }
  for (const folder of Object.values(env)) await mkdir(folder)
  const ended = await end(env)
  const look = async () => ({
    files: (await Promise.all(Object.values(env).map(folder => readdir(folder)))).flat(),
    running: await commandsThatName(env.TMPDIR),
  })
  if (patienceMs > 0) await vi.waitFor(async () => expect(await look()).toEqual({ files: [], running: [] }), patienceMs)
  return { ended, ...(await look()) }
}
