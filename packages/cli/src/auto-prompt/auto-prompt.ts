import { emitKeypressEvents } from 'node:readline'
import type { CommandEntry } from '../commands/command.ts'
import type { Profiles } from '../config/profiles.ts'
import { splitWords } from '../config/split-words.ts'
import type { Environment } from '../environment.ts'
import { CommandError } from '../errors.ts'
import { registryAsker } from './ask-registry.ts'
import { emptyLine, type Key, type Line, press } from './line-editor.ts'
import { createScreen } from './screen.ts'
import { suggest } from './suggest.ts'

/**
 * Lets a person complete a command line, with suggestions below it. Returns the line's words, or undefined when the
 * person cancels.
 * @throws CommandError `general` where there is no terminal to type at
 */
export async function autoPrompt(
  argv: readonly string[],
  environment: Environment,
  { profiles, commands }: { readonly profiles: Profiles; readonly commands: readonly CommandEntry[] },
): Promise<readonly string[] | undefined> {
  const stdin = environment.stdin()
  if (!stdin.isTTY) throw new CommandError('general', 'Warning: Input is not a terminal (fd=0).')
  const begin = argv.filter(word => word !== '--cli-auto-prompt').map(quoted)
  const profileNames = [...new Set([...profiles.config.keys(), ...profiles.credentials.keys()])]
  const ask = registryAsker(environment, profiles)
  const screen = createScreen(environment.stdout)
  let line = emptyLine(begin.length === 0 ? '' : `${begin.join(' ')} `)
  emitKeypressEvents(stdin)
  stdin.setRawMode?.(true)
  try {
    for await (const key of keys(stdin, () => show())) {
      const step = press(line, key, await offers(line))
      if ('done' in step) {
        if (step.done === 'cancelled') return undefined
        // Whoever has answered the questions is not asked again.
        return [...splitWords(line.text), '--no-cli-auto-prompt']
      }
      line = step.line
      await show()
    }
    return undefined
  } finally {
    stdin.setRawMode?.(false)
    stdin.pause()
    screen.end(line)
  }

  function offers({ text, cursor }: Line): Promise<string[]> {
    return suggest(text.slice(0, cursor), { commands, profiles: profileNames }, (operation, parameters, service) =>
      ask(text, operation, parameters, service),
    )
  }

  async function show() {
    screen.show(line, await offers(line))
  }
}

const quoted = (word: string) => (/^[\w@%+=:,./[\]{}-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`)

async function* keys(stdin: NodeJS.ReadableStream, begin: () => Promise<void>): AsyncGenerator<Key> {
  const waiting: Key[] = []
  let wake: (() => void) | undefined
  let ended = false
  const note = (_: string | undefined, key: Key) => {
    waiting.push(key)
    wake?.()
  }
  const end = () => {
    ended = true
    wake?.()
  }
  stdin.on('keypress', note)
  stdin.on('end', end)
  stdin.resume()
  await begin()
  try {
    while (!ended || waiting.length > 0) {
      const key = waiting.shift()
      if (key) yield key
      else await new Promise<void>(resolve => (wake = resolve))
    }
  } finally {
    stdin.off('keypress', note)
    stdin.off('end', end)
  }
}
