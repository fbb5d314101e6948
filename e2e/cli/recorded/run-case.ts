/** Runs one recorded case: its files and its server are laid out first, and gone afterwards. */
import { once } from 'node:events'
import { chmod, copyFile, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { type AddressInfo, connect, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { basename, dirname, join } from 'node:path'
import { fillIn, type Placeholders, type RecordedCase, type RecordedRequest } from './recorded-case.ts'
import { runProgram } from './run-program.ts'
import { startStubServer } from './stub-server.ts'

const PATH = '/usr/bin:/bin'

/** The words that begin a command line, for each of the original's two programs. */
export interface Programs {
  readonly command: readonly string[]
  readonly completer: readonly string[]
  /** A folder of compiled code that each case finds in its home, as after a first command. */
  readonly compiled?: string | undefined
}

/** What cases need that speak TLS: the server's own identity, and the path of its issuer's certificate. */
export interface TlsIdentity {
  readonly cert: Buffer
  readonly key: Buffer
  readonly caFile: string
}

/** What a program did, in the words of the recordings, with placeholders for what differs from run to run. */
export interface CaseResult {
  /** The exit code; undefined for a program that had to be ended. */
  readonly exit: number | undefined
  readonly stdout: Buffer
  readonly stderr: Buffer
  readonly requests: readonly RecordedRequest[]
}

export async function runCase(recorded: RecordedCase, programs: Programs, tls: TlsIdentity): Promise<CaseResult> {
  const folder = await mkdtemp(join(tmpdir(), 'berth-case-'))
  const dead = await reservePort()
  await using stub = await startStubServer(recorded.tls === true ? tls : undefined)
  try {
    const ports = { '@@PORT@@': String(stub.port), '@@DEADPORT@@': String(dead.port) }
    const placeholders: Placeholders = { ...ports, '@@TMP@@': folder, '@@PATH@@': PATH }
    stub.play({
      responses: fillIn(recorded.responses ?? [{ json: {} }], placeholders),
      routes: fillIn(recorded.routes ?? {}, placeholders),
      secrets: recorded.secrets ?? {},
    })
    await layOut(recorded, folder, placeholders, tls)
    if (programs.compiled !== undefined) await placeCompiled(programs.compiled, join(folder, 'home'))
    const program = recorded.exe === 'aws_completer' ? programs.completer : programs.command
    const { exit, stdout, stderr } = await runProgram({
      argv: [...program, ...fillIn(recorded.argv, placeholders)],
      env: guarded(recorded, fillIn(recorded.env, placeholders), stub.port),
      cwd: folder,
      stdin: recorded.stdin,
      tty: recorded.tty,
    })
    const restore = (output: Buffer) => takeOut(output, folder, ports)
    return {
      exit,
      stdout: restore(stdout),
      stderr: restore(stderr),
      requests: takeOutOfRequests(stub.requests, folder, stub.port),
    }
  } finally {
    dead.release()
    await rm(folder, { recursive: true, force: true })
  }
}

/** A port that nobody gets, and nothing listens on: a connection has it for its own end. */
async function reservePort(): Promise<{ port: number; release: () => void }> {
  const server = createServer()
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  const socket = connect(port, '127.0.0.1')
  await once(socket, 'connect')
  const { localPort } = socket
  if (localPort === undefined) throw new Error('the connection has no port')
  const release = () => {
    socket.destroy()
    server.close()
  }
  return { port: localPort, release }
}

async function layOut(
  { files = {}, tls }: RecordedCase,
  folder: string,
  placeholders: Placeholders,
  identity: TlsIdentity,
) {
  await mkdir(join(folder, 'home'))
  if (tls === true) await copyFile(identity.caFile, join(folder, 'ca.pem'))
  for (const [name, { text = '', b64, mode }] of Object.entries(files)) {
    const path = join(folder, name)
    await mkdir(dirname(path), { recursive: true })
    await writeFile(path, b64 === undefined ? fillIn(text, placeholders) : Buffer.from(b64, 'base64'))
    if (mode !== undefined) await chmod(path, Number.parseInt(mode, 8))
  }
}

/** Only the user may enter the folder of caches, or the program does not use it. */
async function placeCompiled(compiled: string, home: string): Promise<void> {
  const caches = join(home, '.cache/berth')
  await mkdir(caches, { recursive: true, mode: 0o700 })
  await symlink(compiled, join(caches, basename(compiled)))
}

/** Whatever would reach a real endpoint over https lands on the stub, which refuses and records it. */
function guarded(recorded: RecordedCase, env: Readonly<Record<string, string>>, port: number): Record<string, string> {
  const proxied = Object.keys(env).some(name => /^https?_proxy$/i.test(name))
  return recorded.no_guard === true || proxied ? env : { ...env, HTTPS_PROXY: `http://127.0.0.1:${port}` }
}

/** Ports count only where one may stand, so that no other number is taken for one. */
function takeOut(output: Buffer, folder: string, ports: Readonly<Record<string, string>>): Buffer {
  const text = Object.entries(ports).reduce(
    (before, [name, port]) => before.replace(new RegExp(`(?<=[:=(])${port}(?!\\d)`, 'g'), name),
    output.toString('latin1'),
  )
  return Buffer.from(text.replaceAll(folder, '@@TMP@@'), 'latin1')
}

function takeOutOfRequests(requests: readonly RecordedRequest[], folder: string, port: number): RecordedRequest[] {
  const text = JSON.stringify(requests)
    .replaceAll(folder, '@@TMP@@')
    .replaceAll(`127.0.0.1:${port}`, '127.0.0.1:@@PORT@@')
  return JSON.parse(text)
}
