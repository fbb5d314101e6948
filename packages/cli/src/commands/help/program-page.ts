import type { CommandEntry } from '../command.ts'
import { HELP } from '../run-command.ts'
import { entry, globalSection, indented, type Page, paragraph } from './layout.ts'

/**
 * The order of the commands: first those that ask any registry, then those that berth's servers answer, last those that
 * ask nobody.
 */
const ORDER: readonly CommandEntry['asks'][] = ['registries', 'berth', 'nobody']

/** `berth help` */
export async function programPage(commands: readonly CommandEntry[]): Promise<Page> {
  const sorted = ORDER.flatMap(whom => commands.filter(({ asks }) => asks === whom))
  const loaded = await Promise.all(sorted.map(({ load }) => load()))
  const own = commands.flatMap(({ name, asks }) => (asks === 'berth' ? [name] : []))
  return [
    ['NAME', [paragraph('berth - the command line of public container registries')]],
    [
      'DESCRIPTION',
      [
        paragraph(
          'The command line of public container registries that speak the Amazon ECR Public API: berth servers and Amazon ECR Public itself. It takes the same commands as `aws ecr-public`.',
        ),
        paragraph(`The commands ${own.slice(0, -1).join(', ')} and ${own.at(-1)} are for servers of berth alone.`),
      ],
    ],
    ['SYNOPSIS', [indented('berth [options] <command> <subcommand> [parameters]')]],
    globalSection('OPTIONS'),
    [
      'AVAILABLE COMMANDS',
      [...loaded.map(({ name, summary }) => entry(`o ${name}: ${summary}`)), indented(`o ${HELP}`)],
    ],
  ]
}
