import { createServer, type Server, type Socket } from 'node:net'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { BERTH, berth } from '../support/berth.ts'
import { type Registry, startRegistry } from '../support/registry.ts'
import { run } from '../support/run.ts'
import { makeScratch, type Scratch } from '../support/scratch.ts'

const DELETION = ['batch-delete-image', '--repository-name', 'team/web', '--image-ids', 'imageTag=nope']
const program = (args: readonly string[], env: Record<string, string> = {}) =>
  run(process.execPath, [BERTH, ...args], { env })

describe('what only berth has', () => {
  let registry: Registry
  let scratch: Scratch

  beforeAll(async () => {
    registry = await startRegistry()
    scratch = await makeScratch()
    await registry.control('CreateRepository', { repositoryName: 'team/web' })
  })
  afterAll(async () => {
    await scratch?.[Symbol.asyncDispose]()
    await registry?.[Symbol.asyncDispose]()
  })

  it('fails on partial failures where that is wanted', async () => {
    expect(await berth(registry, DELETION)).toMatchObject({ exitCode: 0, stderr: '' })
    const { exitCode, stdout, stderr } = await berth(registry, [...DELETION, '--fail-on-partial'])
    expect(exitCode).toBe(254)
    expect(JSON.parse(stdout).failures).toHaveLength(1)
    expect(stderr).toContain('imageTag=nope: ImageNotFound: ')
  })

  it.each(['bash', 'zsh', 'fish'])('prints a completion script for %s', async shell => {
    const { exitCode, stdout } = await program(['completion', shell])
    expect(exitCode).toBe(0)
    expect(stdout).toContain('berth completion suggestions')
  })

  it('completes as the script asks it to', async () => {
    const line = 'berth ecr-public batch-delete-image --output y'
    const { stdout } = await program(['completion', 'suggestions', 'berth', 'y', '--output'], {
      COMP_LINE: line,
      COMP_POINT: String(line.length),
    })
    expect(stdout).toBe('yaml\nyaml-stream\n')
  })
})

describe('a server that misbehaves', () => {
  const servers: Server[] = []
  afterAll(() => {
    for (const server of servers) server.close()
  })

  async function listen(behave: (socket: Socket) => void): Promise<string> {
    const server = createServer(socket => {
      socket.on('error', () => {})
      socket.once('data', () => behave(socket))
    })
    servers.push(server)
    await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
    const address = server.address()
    if (address === null || typeof address === 'string') throw new Error('the server has no port')
    return `http://127.0.0.1:${address.port}`
  }

  const head = 'HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n'
  it.each<[string, (socket: Socket) => void, string]>([
    ['hangs', () => {}, 'Read timeout on endpoint URL'],
    ['hangs midway', socket => socket.write(`${head}{`), 'Read timeout on endpoint URL'],
    ['closes at once', socket => socket.end(), 'Connection was closed'],
    ['closes midway', socket => socket.end(`${head}{`), 'Connection was closed'],
    ['resets', socket => socket.resetAndDestroy(), 'Connection was closed'],
    ['sends garbage', socket => socket.end('\u0000\u0001 garbage\r\n\r\n'), 'Connection was closed'],
  ])('that %s is told from others, without a stack trace', async (_, behave, message) => {
    const url = await listen(behave)
    const { exitCode, stdout, stderr } = await program(
      ['ecr-public', ...DELETION, '--endpoint-url', url, '--cli-read-timeout', '1'],
      { AWS_ACCESS_KEY_ID: 'a', AWS_SECRET_ACCESS_KEY: 'b', AWS_REGION: 'us-east-1', AWS_MAX_ATTEMPTS: '1' },
    )
    expect({ exitCode, stdout }).toEqual({ exitCode: 255, stdout: '' })
    expect(stderr).toContain(message)
    expect(stderr).not.toContain('    at ')
  })
})
