import { type ChildProcess, spawn } from 'node:child_process'
import { readFile, writeFile } from 'node:fs/promises'
import { connect } from 'node:net'
import { fileURLToPath } from 'node:url'
import { vi } from 'vitest'
import type { Certificate } from '../support/certificates.ts'
import { bareEnvironment } from '../support/run.ts'
import type { Scratch } from '../support/scratch.ts'
import { toolPath } from '../support/tools.ts'

/** What a proxy needs to know. */
export interface FrontOptions {
  readonly scratch: Scratch
  /** The address where clients find it, as it stands in a URL. */
  readonly host: string
  readonly port: number
  readonly certificate: Certificate
  /** The server behind it, as `ADDRESS:PORT`. */
  readonly server: string
  /** The CA of the server's own certificate. */
  readonly ca: string
}

/** A program in front of a server, with the settings that packaging/ has for it. */
export interface Front extends AsyncDisposable {
  readonly output: () => string
}

/** nginx with TLS of its own, and plain HTTP to the server. */
export async function startNginx({ scratch, host, port, certificate, server }: FrontOptions): Promise<Front> {
  const site = changed(await packaged('nginx.conf'), [
    [/^ *listen 443 ssl;\n/m, ''],
    ['[::]:443 ssl', `${host}:${port} ssl`],
    ['/etc/nginx/tls.crt', certificate.cert],
    ['/etc/nginx/tls.key', certificate.key],
    ['berth-1:5000', server],
    [/^ *server berth-2:5000;\n/m, ''],
  ])
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map(
    name => `${name}_temp_path ${scratch.path(name)};`,
  )
  const file = scratch.path('nginx.conf')
  const main = ['user root;', 'daemon off;', 'worker_processes 1;', `pid ${scratch.path('nginx.pid')};`, 'events {}']
  await writeFile(file, `${main.join('\n')}\nhttp {\naccess_log off;\n${temporary.join('\n')}\n${site}}\n`)
  return startFront(toolPath('nginx'), ['-e', 'stderr', '-c', file], { host, port })
}

/** HAProxy with TLS of its own, and TLS to the server as well. */
export async function startHaproxy({ scratch, host, port, certificate, server, ca }: FrontOptions): Promise<Front> {
  const bundle = scratch.path('haproxy.pem')
  await writeFile(bundle, (await readFile(certificate.cert, 'utf8')) + (await readFile(certificate.key, 'utf8')))
  const file = scratch.path('haproxy.cfg')
  const settings = changed(await packaged('haproxy.cfg'), [
    [':::443 v4v6', `${host}:${port}`],
    ['/etc/haproxy/berth.pem', bundle],
    ['berth-1:5000', `${server} ssl verify required ca-file ${ca}`],
    [/^ *server berth-2 .*\n/m, ''],
  ])
  await writeFile(file, settings)
  return startFront(toolPath('haproxy'), ['-db', '-f', file], { host, port })
}

/** An address without the brackets that it has in a URL. */
export const bare = (host: string): string => host.replace(/^\[(.*)\]$/, '$1')

const packaged = (name: string) => readFile(fileURLToPath(new URL(`../../packaging/${name}`, import.meta.url)), 'utf8')

/** Replaces what must be there. */
function changed(text: string, changes: readonly (readonly [string | RegExp, string])[]): string {
  return changes.reduce((before, [what, by]) => {
    const after = before.replace(what, by)
    if (after === before) throw new Error(`the settings have no ${what}`)
    return after
  }, text)
}

async function startFront(
  program: string,
  args: readonly string[],
  where: Pick<FrontOptions, 'host' | 'port'>,
): Promise<Front> {
  const child: ChildProcess = spawn(program, args, { env: bareEnvironment(), stdio: ['ignore', 'pipe', 'pipe'] })
  let output = `$ ${program} ${args.join(' ')}\n`
  for (const stream of [child.stdout, child.stderr])
    stream?.on('data', chunk => {
      output += chunk
    })
  let hasEnded = false
  const ended = new Promise<void>(resolve => {
    child.once('close', () => resolve()).once('error', () => resolve())
  }).then(() => {
    hasEnded = true
  })
  const front: Front = {
    output: () => output,
    async [Symbol.asyncDispose]() {
      if (!hasEnded) child.kill('SIGTERM')
      await ended
    },
  }
  await vi.waitUntil(async () => hasEnded || (await listens(where)), { interval: 20 })
  if (!hasEnded) return front
  throw new Error(`the proxy has ended with ${child.exitCode}\n${output}`)
}

async function listens({ host, port }: Pick<FrontOptions, 'host' | 'port'>): Promise<boolean> {
  const socket = connect(port, bare(host))
  try {
    await new Promise<void>((resolve, reject) => socket.once('connect', resolve).once('error', reject))
    return true
  } catch {
    return false
  } finally {
    socket.destroy()
  }
}
