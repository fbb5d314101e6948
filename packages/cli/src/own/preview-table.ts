import type { Context } from '../context.ts'
import type { Answer } from '../output/formatter.ts'
import { print } from '../output/print.ts'
import { collectPages } from '../paginate.ts'
import { str } from '../values/python-text.ts'
import { isDict, isList, isNumber, type Value } from '../values/value.ts'

/** Prints a preview as a table for people, or in the format that somebody has asked for. */
export async function showPreview(answer: Answer, title: string, context: Context): Promise<void> {
  const { options, query, settings, environment } = context
  const format = options.output ?? settings.lookUp({ variable: 'AWS_DEFAULT_OUTPUT', option: 'output' })
  if (format !== undefined || query !== undefined) return print(answer, title, context)
  const preview = 'one' in answer ? answer.one : await collectPages(answer.pages)
  environment.stdout.write(previewTable(preview))
}

const HEADER = ['RULE', 'IMAGE', 'TAGS', 'PUSHED']
const GAP = '  '

/** A line an image, and one that sums up. */
export function previewTable(preview: ReadonlyMap<string, Value>): string {
  const results = preview.get('previewResults') ?? []
  const rows = isList(results) ? results.filter(isDict).map(rowOf) : []
  const summary = preview.get('summary')
  const total = isDict(summary) ? summary.get('expiringImageTotalCount') : undefined
  const count = isNumber(total ?? null) ? str(total ?? null) : String(rows.length)
  const verdict = `${count} ${count === '1' ? 'image' : 'images'} of ${str(preview.get('repositoryName') ?? 'the repository')} would be deleted.`
  return `${[...(rows.length > 0 ? [...columns([HEADER, ...rows]), ''] : []), verdict].join('\n')}\n`
}

function rowOf(result: ReadonlyMap<string, Value>): string[] {
  const text = (name: string) => str(result.get(name) ?? '-')
  const tags = result.get('imageTags') ?? null
  const tagText = isList(tags) && tags.length > 0 ? tags.map(str).join(',') : '-'
  return [text('appliedRulePriority'), text('imageDigest'), tagText, text('imagePushedAt')]
}

function columns(rows: readonly (readonly string[])[]): string[] {
  const widths = HEADER.map((_, column) => Math.max(...rows.map(row => row[column]?.length ?? 0)))
  return rows.map(row =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join(GAP)
      .trimEnd(),
  )
}
