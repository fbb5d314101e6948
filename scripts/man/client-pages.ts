import type { Command, CommandEntry } from '../../packages/cli/src/commands/command.ts'
import { commands } from '../../packages/cli/src/commands/command-table.ts'
import { GLOBAL_OPTIONS, type Page, type Section } from '../../packages/cli/src/commands/help/layout.ts'
import { programPage } from '../../packages/cli/src/commands/help/program-page.ts'
import { HELP } from '../../packages/cli/src/commands/run-command.ts'
import type { ManPage, ManSection } from './roff.ts'

/** The manual of `berth`: a page of the program, and one of each of its commands with all that stand below it. */
export async function clientPages(): Promise<ManPage[]> {
  const program = await programPage(commands)
  return [
    {
      name: 'berth',
      summary: 'the command line of public container registries',
      sections: [...sections(program), seeAlso([...commands.map(({ name }) => `berth-${name}`), 'berthd'])],
    },
    ...(await Promise.all(commands.map(commandPage))),
  ]
}

async function commandPage({ name, load }: CommandEntry): Promise<ManPage> {
  const command = await load()
  const below = await Promise.all((command.commands ?? []).map(each => partsOf(name, each)))
  return {
    name: `berth-${name}`,
    summary: command.summary,
    sections: [...sections(await command.page()), ...below.flat(), ...ofEveryCommand, seeAlso(['berth'])],
  }
}

async function partsOf(group: string, command: Command): Promise<ManSection[]> {
  return [
    { heading: `berth ${group} ${command.name}`.toUpperCase(), paragraphs: [] },
    ...sections(await command.page()).map(section => ({ ...section, isPart: true })),
  ]
}

/** The page of the program has the options of every command, and each page has its name in the heading. */
const sections = (page: Page): ManSection[] =>
  page.filter(([heading]) => heading !== GLOBAL_OPTIONS && heading !== 'NAME').map(manSection)

const manSection = ([heading, paragraphs]: Section): ManSection => ({
  heading,
  paragraphs: paragraphs
    .map(paragraph => ('kind' in paragraph ? [paragraph] : paragraph))
    .filter(([first]) => first?.text !== `o ${HELP}`),
})

const ofEveryCommand: readonly ManSection[] = [
  { heading: GLOBAL_OPTIONS, paragraphs: [[{ kind: 'text', text: 'Those of every command: berth(1).', level: 0 }]] },
]

const seeAlso = (names: readonly string[]): ManSection => ({
  heading: 'SEE ALSO',
  paragraphs: [[{ kind: 'text', text: names.map(name => `${name}(1)`).join(', '), level: 0 }]],
})
