import { type ChildProcess, spawn } from 'node:child_process'
import { splitCommand } from '../config/split-words.ts'
import type { Environment } from '../environment.ts'
import { CommandError } from '../errors.ts'
import type { Sink } from './sink.ts'

/** Shows output in a pager, which starts with the first text. @throws CommandError when it cannot be started */
export function pagerSink(command: string, { env }: Environment): Sink {
  let running: { child: ChildProcess; ended: Promise<void> } | undefined

  async function start() {
    const [program, ...words] = splitCommand(command)
    // Without any locale a pager would show what is not ASCII as numbers.
    const locale = ['LC_ALL', 'LC_CTYPE', 'LANG'].some(name => env[name]) ? {} : { LC_CTYPE: 'C.UTF-8' }
    const child = spawn(program, words, {
      stdio: ['pipe', 'inherit', 'inherit'],
      env: { LESS: 'FRX', ...locale, ...env },
    })
    await new Promise<void>((resolve, reject) => {
      child.once('spawn', resolve)
      child.once('error', error => reject(cannotStart(program, error)))
    })
    // A pager that is quit early closes its input: that is no error of ours.
    child.stdin?.on('error', () => {})
    const ended = new Promise<void>(resolve => {
      child.once('close', () => resolve())
    })
    return { child, ended }
  }

  return {
    async write(text) {
      if (text === '') return
      running ??= await start()
      const { stdin } = running.child
      if (stdin?.writable) await new Promise<void>(resolve => stdin.write(text, () => resolve()))
    },
    async close() {
      running?.child.stdin?.end()
      await running?.ended
    },
  }
}

function cannotStart(program: string, error: NodeJS.ErrnoException): CommandError {
  const reason =
    error.code === 'EACCES'
      ? `[Errno 13] Permission denied: '${program}'`
      : `[Errno 2] No such file or directory: '${program}'`
  return new CommandError(
    'configuration',
    `Unable to redirect output to pager. Received the following error when opening pager:\n${reason}\n\nLearn more about configuring the output pager by running "aws help config-vars".`,
  )
}
