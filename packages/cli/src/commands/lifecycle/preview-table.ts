import { str } from '../../python/text.ts'
import { isDict, isList, isNumber, type Value } from '../../python/value.ts'
import { columns, listOf } from '../berth/people-table.ts'

const HEADER = ['RULE', 'IMAGE', 'TAGS', 'PUSHED']

/** The preview as a table: a line for each image, and one that sums up and says when the rules run. */
export function previewTable(preview: ReadonlyMap<string, Value>): string {
  const results = preview.get('previewResults') ?? []
  const rows = isList(results) ? results.filter(isDict).map(rowOf) : []
  const summary = preview.get('summary')
  const total = isDict(summary) ? summary.get('expiringImageTotalCount') : undefined
  const count = isNumber(total ?? null) ? str(total ?? null) : String(rows.length)
  const verdict = `${count} ${count === '1' ? 'image' : 'images'} of ${str(preview.get('repositoryName') ?? 'the repository')} would be deleted.`
  const next = preview.get('nextEvaluationAt')
  const when = next === undefined ? [] : [`The next run of the policy, once it is put, is due at ${str(next)}.`]
  return `${[...(rows.length > 0 ? [...columns(HEADER, rows), ''] : []), verdict, ...when].join('\n')}\n`
}

function rowOf(result: ReadonlyMap<string, Value>): string[] {
  const text = (name: string) => str(result.get(name) ?? '-')
  return [text('appliedRulePriority'), text('imageDigest'), listOf(result.get('imageTags')), text('imagePushedAt')]
}
