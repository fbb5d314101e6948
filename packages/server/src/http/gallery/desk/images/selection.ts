import { isDigest } from '../../../../domain/digest.ts'
import type { ImageRef } from '../../../../domain/image-ref.ts'
import { isTag } from '../../../../domain/names.ts'
import type { RepositoryRow } from '../../../../ports/rows/repositories/repositories.ts'
import { selectAll } from '../../../../registry/gallery/managed-images.ts'
import type { GalleryServices } from '../../../../registry/gallery/services.ts'
import { type Html, html } from '../../html.ts'

/** What is selected: by boxes, or all that a filter leaves. */
export interface Selection {
  /** Tags, and digests of images without tags. */
  readonly chosen: readonly string[]
  readonly isAll: boolean
  readonly filter: string
  readonly isUntagged: boolean
}

/** The most images and tags that are selected at once. */
export const MOST_SELECTED = 10_000
/** The most boxes that count, more than a page of a list has. A page about what was ticked names all of it. */
export const MOST_TICKED = 200
const FILTER_LIMIT = 128

/** The fields of a form or a query. What names nothing is left out. */
export function readSelection(fields: { all(name: string): readonly string[]; text(name: string): string }): Selection {
  return {
    chosen: [...new Set(fields.all('i').filter(text => isTag(text) || isDigest(text)))],
    isAll: fields.text('all') === '1',
    filter: fields.text('q').trim().slice(0, FILTER_LIMIT),
    isUntagged: fields.text('view') === 'untagged',
  }
}

export const fieldsOf = (query: URLSearchParams) => ({
  all: (name: string) => query.getAll(name),
  text: (name: string) => query.get(name) ?? '',
})

/** The selection as a query has it. */
export function queryOf({ chosen, isAll, filter, isUntagged }: Selection): URLSearchParams {
  const query = new URLSearchParams()
  if (isAll) query.set('all', '1')
  else for (const each of chosen) query.append('i', each)
  if (isUntagged) query.set('view', 'untagged')
  if (filter !== '') query.set('q', filter)
  return query
}

/** The selection in a form. */
export const hiddenSelection = (selection: Selection): Html =>
  html`${[...queryOf(selection)].map(([name, value]) => html`<input type="hidden" name="${name}" value="${value}">`)}`

const refOf = (text: string): ImageRef[] => (isDigest(text) ? [{ digest: text }] : isTag(text) ? [{ tag: text }] : [])

/** What the selection names now, at most one more than `MOST_SELECTED`. */
export async function refsOfSelection(
  services: GalleryServices,
  repository: RepositoryRow,
  selection: Selection,
): Promise<ImageRef[]> {
  const names = selection.isAll ? await selectAll(services, repository, selection, MOST_SELECTED) : selection.chosen
  return names.flatMap(refOf)
}
