import type { Command } from '../command.ts'
import { entry, firstSentence, indented, type Page, paragraph } from '../help/layout.ts'
import { HELP } from '../run-command.ts'

/** The page of a group of commands, such as `berth images help`. */
export const groupPage = (
  { name, summary, about }: Pick<Command, 'name' | 'summary'> & { readonly about: string },
  commands: readonly Pick<Command, 'name' | 'summary'>[],
): Page => [
  ['NAME', [paragraph(`${name} - ${summary}`)]],
  ['DESCRIPTION', [paragraph(about), paragraph('Only servers of berth have these operations.')]],
  [
    'AVAILABLE COMMANDS',
    [...commands.map(({ name, summary }) => entry(`o ${name}: ${firstSentence(summary)}`)), indented(`o ${HELP}`)],
  ],
]
