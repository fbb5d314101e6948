import { describe, expect, it } from 'vitest'
import { runMain } from '../testing/run-main.ts'
import { commands } from './command-table.ts'
import { candidates } from './completion/candidates.ts'
import { renderPage } from './help/render-page.ts'

/** Every command and every command below one, by the words that name it. */
const all = await Promise.all(
  commands.map(async ({ name, load }) => {
    const command = await load()
    return [
      { words: [name], command },
      ...(command.commands ?? []).map(each => ({ words: [name, each.name], command: each })),
    ]
  }),
).then(found => found.flat())

const known = { commands, profiles: [] }

describe('the table of commands', () => {
  it('has commands that are called as the table calls them', async () => {
    expect(all.length).toBeGreaterThan(40)
    for (const { name, load } of commands) expect((await load()).name).toBe(name)
    const lines = all.map(({ words }) => words.join(' '))
    expect(new Set(lines).size).toBe(lines.length)
  })

  it.each(all.map(({ words, command }) => [words.join(' '), command] as const))(
    'is what help, completion and the program go by: %s',
    async (line, command) => {
      const words = line.split(' ')
      const page = await runMain([...words, 'help'], {})
      expect(page).toMatchObject({ exitCode: 0, stderr: '', stdout: renderPage(await command.page()) })
      expect(page.stdout).toContain(command.name)
      expect(await runMain(['--help', ...words], {})).toEqual(page)
      expect(await runMain(['help', ...words], {})).toEqual(page)
      expect(await candidates(words.slice(0, -1), '', known)).toContain(command.name)
      const below = command.commands?.map(({ name }) => name) ?? command.words ?? []
      expect(await candidates(words, '', known)).toEqual(below)
      const options = (await candidates(words, '--', known)).slice(0, command.options?.().length ?? 0)
      expect(options).toEqual(command.options?.().map(({ name }) => name) ?? [])
    },
  )

  it('has an example on the page of each command of berth that does something', async () => {
    for (const { words, command } of all.filter(
      ({ words, command }) => words[0] !== 'ecr-public' && command.commands === undefined,
    )) {
      const headings = (await command.page()).map(([heading]) => heading)
      expect(headings, words.join(' ')).toContain('EXAMPLES')
    }
  })

  it('is what the page of the program and the refusal of an unknown command list', async () => {
    const names = commands.map(({ name }) => name)
    const { stdout } = await runMain(['help'], {})
    const listed = Array.from(stdout.matchAll(/^ {7}o ([\w-]+)/gm), ([, name]) => name)
    expect(listed.sort()).toEqual([...names, 'help'].sort())
    const { exitCode, stderr } = await runMain(['nonsense'], {})
    expect(exitCode).toBe(252)
    expect(stderr.split('valid choices are:')[1]?.match(/[\w-]+/g)).toEqual([...names, 'help'])
  })
})
