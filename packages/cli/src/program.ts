import { writeSync } from 'node:fs'
import { homedir } from 'node:os'
import { isatty, WriteStream } from 'node:tty'
import { type Output, ReaderGone } from './environment.ts'
import { main } from './main.ts'

const STDOUT = 1
const STDERR = 2

const endAtOnce = () => {
  try {
    stdout.write('\n')
  } finally {
    process.exit(130)
  }
}
let interrupted: () => void = endAtOnce
process.on('SIGINT', () => interrupted())

const stdout = output(STDOUT)
void main(process.argv.slice(2), {
  env: process.env,
  home: process.env['HOME'] ?? homedir(),
  stdin: () => process.stdin,
  stdout,
  stderr: output(STDERR),
  onInterrupt(handler) {
    interrupted = handler
    return () => {
      interrupted = endAtOnce
    }
  },
  async withVariable(name, value, work) {
    const before = process.env[name]
    process.env[name] = value
    try {
      return await work()
    } finally {
      if (before === undefined) delete process.env[name]
      else process.env[name] = before
    }
  },
}).then(code => process.exit(code))

/** Writes straight to a descriptor: Node's own streams take longer to set up than a short command takes. */
function output(descriptor: number): Output {
  let terminal: WriteStream | undefined
  return {
    isTTY: isatty(descriptor),
    columns: () => {
      terminal ??= new WriteStream(descriptor)
      return terminal.columns
    },
    write(text) {
      const bytes = Buffer.from(text)
      for (let at = 0; at < bytes.length; ) at += writeSome(descriptor, bytes, at)
    },
  }
}

function writeSome(descriptor: number, bytes: Buffer, at: number): number {
  try {
    return writeSync(descriptor, bytes, at)
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined
    if (code === 'EPIPE') {
      if (descriptor === STDOUT) throw new ReaderGone()
      return bytes.length - at // whatever happens, nobody is there to be told
    }
    if (code !== 'EAGAIN') throw error
    // Somebody made the pipe non-blocking, and it is full: give its reader a moment.
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 5)
    return 0
  }
}
