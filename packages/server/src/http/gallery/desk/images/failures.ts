import type { ImagePath } from '../../../../domain/image-path.ts'
import type { ItemFailure } from '../../../../registry/deletions/image-job-items.ts'
import { pathOf } from '../../href.ts'
import { type Html, html } from '../../html.ts'
import { chip } from '../../parts/digest.ts'

type Row<K extends ItemFailure['kind']> = (failure: Extract<ItemFailure, { kind: K }>, place: Place) => Html

interface Place {
  readonly path: ImagePath
  /** The owner's pattern that protects each tag, where it is known. */
  readonly rules?: ReadonlyMap<string, string> | undefined
}

/** What is named of a long list. */
const NAMED = 8

/** Why something stays, and the code that the API has for it; one row a kind. */
const TABLE: { readonly [K in ItemFailure['kind']]: readonly [code: string, row: Row<K>] } = {
  unknown: ['ImageNotFound', () => html`There is nothing of that name any more.`],
  tagElsewhere: ['ImageTagDoesNotMatchDigest', () => html`The tag has moved to another image since.`],
  heldByIndexes: [
    'ImageReferencedByManifestList',
    ({ parents }, { path }) =>
      html`An index that stays lists it: ${some(parents, parent => chip(parent, pathOf.image(path, parent)))}`,
  ],
  protected: [
    'ImageProtected',
    ({ tags }, { rules }) =>
      html`Protected by the repository’s settings: ${some(tags, tag => {
        const rule = rules?.get(tag)
        return html`<span class="tag">${tag}</span>${rule !== undefined && rule !== tag && html` by <code>${rule}</code>`}`
      })}`,
  ],
  taggedSince: ['ImageTagged', () => html`It had no tag when it was selected, and has one now.`],
  tooMany: ['TooMany', () => html`More belongs to it than is taken at once.`],
  taken: [
    'TagTaken',
    ({ tags }) =>
      html`Without ${some(tags, tag => html`<span class="tag">${tag}</span>`)}, which other images have now.`,
  ],
}

function some<Item>(items: readonly Item[], show: (item: Item) => Html): Html {
  const more = items.length > NAMED ? ` and ${items.length - NAMED} more` : ''
  return html`${items.slice(0, NAMED).map((item, at) => html`${at > 0 && ', '}${show(item)}`)}${more}`
}

/** Why an item stays, in words. */
export function reasonOf(failure: ItemFailure, place: Place): Html {
  // The table ties each kind to its own row, which TypeScript cannot follow through a look-up.
  const [code, row] = TABLE[failure.kind] as readonly [string, (failure: ItemFailure, place: Place) => Html]
  return html`${row(failure, place)} <span class="quiet small">${code}</span>`
}
