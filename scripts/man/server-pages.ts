import { adminCommands } from '../../packages/server/src/admin/commands.ts'
import { findPage, type HelpEntry, type HelpPage, programPage } from '../../packages/server/src/help/pages.ts'
import { VERSION } from '../../packages/server/src/serve/version.ts'
import type { ManBlock, ManPage, ManSection } from './roff.ts'

/** The manual of `berthd`: a page of the program, and one of its administrative commands. */
export function serverPages(): ManPage[] {
  const program = programPage(VERSION)
  const admin = findPage(['admin'], VERSION)
  return [
    {
      name: 'berthd',
      summary: 'a public container registry that speaks OCI Distribution v1.1 and the Amazon ECR Public API',
      sections: [
        usage(program),
        entries('COMMANDS', program.commands),
        entries('SETTINGS', program.settings, program.settingsAbout),
        examples(findPage(['serve'], VERSION).examples),
        seeAlso('berthd-admin(1), berth(1)'),
      ],
    },
    {
      name: 'berthd-admin',
      summary: 'accounts, users, keys, policies, the collector and more of a registry',
      sections: [
        usage(admin),
        { heading: 'DESCRIPTION', paragraphs: [[text(admin.about)]] },
        ...Object.keys(adminCommands).flatMap(name => parts(findPage(['admin', ...name.split(' ')], VERSION), name)),
        entries('SETTINGS', admin.settings, 'Each of them says where the registry is; berthd(1) has all settings.'),
        seeAlso('berthd(1)'),
      ],
    },
  ]
}

const text = (words: string, level = 0): ManBlock => ({ kind: 'text', text: words, level })
const literal = (line: string): ManBlock => ({ kind: 'literal', text: line, level: 1 })

const usage = (page: HelpPage): ManSection => ({ heading: 'SYNOPSIS', paragraphs: [page.usage.map(literal)] })

const describe = ({ typed, about, isRequired, fallback }: HelpEntry): ManBlock[] => [
  { kind: 'term', text: `${typed}${isRequired ? ' (required)' : ''}`, level: 0 },
  text(`${about}${fallback === undefined ? '' : ` [${fallback}]`}`, 2),
]

const entries = (heading: string, all: readonly HelpEntry[], about?: string): ManSection => ({
  heading,
  paragraphs: [...(about === undefined ? [] : [[text(about)]]), ...all.map(describe)],
})

const examples = (lines: readonly string[]): ManSection => ({
  heading: 'EXAMPLES',
  paragraphs: lines.map(line => [literal(line)]),
})

const seeAlso = (pages: string): ManSection => ({
  heading: 'SEE ALSO',
  paragraphs: [[text(pages)]],
})

const parts = (page: HelpPage, name: string): ManSection[] => [
  {
    heading: name.toUpperCase(),
    paragraphs: [
      page.usage.map(line => literal(line.replace(' [--SETTING VALUE ...]', ''))),
      [text(page.about)],
      ...page.options.map(describe),
      [text('For example:'), ...page.examples.map(literal)],
    ],
  },
]
