import type { Parameters } from '../../client/client.ts'
import { type Answer, collectPages } from '../../output/answer.ts'
import { print, type Showing } from '../../output/print.ts'
import { str } from '../../python/text.ts'
import { isList, type Value } from '../../python/value.ts'

const GAP = '  '

/** Prints an answer as a table for people, unless somebody asked for a format. */
export const showAsTable =
  (tableOf: (answer: Parameters) => string) =>
  async (answer: Answer, title: string, showing: Showing): Promise<void> => {
    const { options, query, settings, environment } = showing
    const format = options.output ?? settings.lookUp({ variable: 'AWS_DEFAULT_OUTPUT', option: 'output' })
    if (format !== undefined || query !== undefined) return print(answer, title, showing)
    environment.stdout.write(tableOf('one' in answer ? answer.one : await collectPages(answer.pages)))
  }

/** A line for the header and one for each row, with columns in line. */
export function columns(header: readonly string[], rows: readonly (readonly string[])[]): string[] {
  const widths = header.map((title, column) =>
    rows.reduce((widest, row) => Math.max(widest, row[column]?.length ?? 0), title.length),
  )
  return [header, ...rows].map(row =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join(GAP)
      .trimEnd(),
  )
}

/** An image may have a thousand tags, and a table has other columns. */
const WIDEST_LIST = 40

/** A list as `a,b`, cut where it is long, or a dash for an empty one. */
export function listOf(value: Value | undefined): string {
  const text = isList(value) && value.length > 0 ? value.map(str).join(',') : '-'
  return text.length > WIDEST_LIST ? `${text.slice(0, WIDEST_LIST - 1)}…` : text
}
