import type { HelpEntry, HelpPage } from './pages.ts'

/** A page as text for a terminal, with a line end. */
export function renderPage({ about, usage, commands, options, settings, settingsAbout, examples }: HelpPage): string {
  const parts = [
    about,
    indented(usage),
    section('Commands:', commands),
    section('Options:', options),
    section(settingsAbout, settings),
    examples.length === 0 ? '' : `For example:\n${indented(examples)}`,
  ]
  return `${parts.filter(part => part !== '').join('\n\n')}\n`
}

const section = (heading: string, entries: readonly HelpEntry[]) =>
  entries.length === 0 ? '' : `${heading}\n${entries.map(describe).join('\n')}`

const describe = ({ typed, about, isRequired, fallback }: HelpEntry) =>
  `  ${typed}${isRequired ? ' (required)' : ''}\n      ${about}${fallback === undefined ? '' : ` [${fallback}]`}`

const indented = (lines: readonly string[]) => lines.map(line => `  ${line}`).join('\n')
