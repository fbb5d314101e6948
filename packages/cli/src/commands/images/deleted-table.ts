import { str } from '../../python/text.ts'
import { isDict, isList, type Value } from '../../python/value.ts'
import { columns, listOf } from '../berth/people-table.ts'

type Dict = ReadonlyMap<string, Value>

const HEADER = ['REPOSITORY', 'TAGS', 'DELETED', 'UNTIL', 'BY', 'REASON', 'IMAGE']

/** The answer as a table: a line for each image, and one that sums up. */
export function deletedTable(answer: Dict): string {
  const listed = answer.get('deletedImages')
  const images = isList(listed) ? listed.filter(isDict) : []
  const rows = images.map(rowOf)
  const token = answer.get('NextToken')
  const more = token === undefined ? '' : `; there are more: --starting-token ${str(token)}`
  const tags = images.filter(image => str(image.get('deletionId') ?? '').startsWith('tag-')).length
  const deleted = counted(images.length - tags, 'deleted image')
  const verdict = `${deleted}${tags === 0 ? '' : ` and ${counted(tags, 'tag')}`} can be restored${more}`
  return `${[...(rows.length > 0 ? [...columns(HEADER, rows), ''] : []), token === undefined ? `${verdict}.` : verdict].join('\n')}\n`
}

const counted = (count: number, what: string) => `${count} ${what}${count === 1 ? '' : 's'}`

function rowOf(image: Dict): string[] {
  const text = (name: string) => str(image.get(name) ?? '-')
  const second = (name: string) => text(name).replace(/(?:\.\d+)?\+00:00$/, 'Z')
  // Only the part of the ARN is shown that differs within a registry.
  const by = text('deletedBy').replace(/^arn:[^:]*:iam::\d+:/, '')
  const tags = listOf(image.get('imageTags'))
  return [
    text('repositoryName'),
    tags,
    second('deletedAt'),
    second('purgeAfter'),
    by,
    text('reason'),
    text('imageDigest'),
  ]
}
