import type { Digest } from '../../../../domain/digest.ts'
import type { ImagePath } from '../../../../domain/image-path.ts'
import { manifestKind } from '../../../../domain/manifest/media-types.ts'
import type { ManifestRow } from '../../../../ports/rows/images/images.ts'
import type { Kin, Staying } from '../../../../registry/deletions/plan-selection.ts'
import type { DeletionPreview } from '../../../../registry/deletions/preview-deletion.ts'
import { pathOf } from '../../href.ts'
import { type Html, html } from '../../html.ts'
import type { Page } from '../../pages/layout.ts'
import { artifactTypeName } from '../../parts/artifact-type.ts'
import { chip } from '../../parts/digest.ts'
import { fitting } from '../../parts/fitting.ts'
import { bytes, count } from '../../parts/text.ts'
import { repositoryDeskHead } from '../desk-head.ts'
import { reasonOf } from './failures.ts'
import { onceField } from './once.ts'
import { hiddenSelection, queryOf, type Selection } from './selection.ts'

export interface PreviewView {
  readonly path: ImagePath
  readonly selection: Selection
  readonly preview: DeletionPreview
  /** The fields that each form needs. */
  readonly hidden: Html
  /** Why the form before was refused. */
  readonly refused: string | undefined
}

/** Rows of one table, and bytes that they may take; behind them the page tells how many more there are. */
const SHOWN = 150
const SHARES = { goes: 50_000, stays: 30_000 } as const

const DAY = new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'long', timeZone: 'UTC' })

const REFUSALS: Readonly<Record<string, string>> = {
  changed:
    'What this takes has changed since you looked: a tag moved, or an image, a holder or a protection came or went. Nothing was deleted. This is what it takes now.',
  jobs: 'Nothing was deleted: as many jobs of your account are running as may be. Wait for one, or cancel one.',
}

export function previewPage({ path, selection, preview, hidden, refused }: PreviewView): Page {
  const { plan, staying, binUntil } = preview
  const goes = plan.deleted.length > 0
  const refusal = refused === undefined ? undefined : REFUSALS[refused]
  return {
    title: `What a deletion of ${path.name} takes`,
    body: html`${repositoryDeskHead(path, 'images')}
${refusal !== undefined && html`<p class="notice go" role="alert">${refusal}</p>`}
<section class="preview" aria-labelledby="preview"><header><h2 id="preview">${headOf(preview)}</h2><span class="badge ok">Nothing has happened yet</span></header>
${sums(preview)}
${goes && html`${going(path, preview)}`}
${staying.length + plan.failures.length > 0 && stays(path, preview)}
<footer>${goes ? html`<p>${binUntil === undefined ? 'The bin is off here: nothing of this can be put back.' : `What goes waits in the bin until ${DAY.format(binUntil)} at least, and can be put back with its tags until then.`}</p>` : html`<p>There is nothing to delete.</p>`}
<a class="button" href="${pathOf.manageRepository(path, 'images', { q: selection.filter, view: selection.isUntagged ? 'untagged' : undefined })}">Back to the list</a>
${goes && html`<form method="post" action="${pathOf.manageRepository(path, 'images/delete')}">${hidden}${onceField()}${hiddenSelection(selection)}<input type="hidden" name="plan" value="${preview.name}"><button type="submit" class="go">Delete ${deedOf(preview)}</button></form>`}</footer></section>
<p class="quiet small">A preview is made anew when the page is loaded. <a href="${`${pathOf.manageRepository(path, 'images/preview')}?${queryOf(selection)}`}">Load it again</a></p>`,
  }
}

const tagsOf = ({ plan }: DeletionPreview) => plan.deleted.flatMap(({ tag }) => tag ?? [])

function headOf(preview: DeletionPreview): string {
  const tags = tagsOf(preview)
  if (preview.plan.deleted.length === 0) return 'Nothing of it can go'
  if (tags.length === 0) return `Delete ${count(preview.plan.images.length, 'image')}?`
  const named = tags.slice(0, 3)
  const more = tags.length - named.length
  return `Delete ${named.join(', ')}${more > 0 ? ` and ${count(more, 'more tag')}` : ''}?`
}

/** What the button says: images, tags that go without their image, or both. */
function deedOf({ plan }: DeletionPreview): string {
  const images = plan.images.length > 0 ? [count(plan.images.length, 'image')] : []
  const tags = plan.tags.length > 0 ? [count(plan.tags.length, 'tag')] : []
  return [...images, ...tags].join(' and ')
}

/** The five sums. */
function sums(preview: DeletionPreview): Html {
  const { plan, images, along, staying, freed } = preview
  const tags = tagsOf(preview)
  const referrers = along.filter(kin => kin.as === 'referrer').length
  const indexes = images.filter(image => manifestKind(image.mediaType) === 'index').length
  const kept = staying.length + plan.failures.length
  const cells: readonly (readonly [string, string, string])[] = [
    ['go', count(tags.length, 'tag'), tags.length === 0 ? 'no tag goes' : short(tags)],
    [
      'go',
      count(plan.images.length, 'image'),
      `${count(indexes, 'index', 'indexes')}, ${count(images.length - indexes - referrers, 'single image')}`,
    ],
    ['go', `${referrers.toLocaleString('en')} attached`, 'signatures, SBOMs and such, which go with their image'],
    [
      'good',
      `${freed.isAtMost ? 'at most ' : ''}${bytes(freed.bytes)}`,
      freed.from === undefined
        ? 'nothing comes free: others need all of it'
        : `free from ${DAY.format(freed.from)} at the earliest, as far as this registry’s repositories tell`,
    ],
    [
      kept > 0 ? 'held' : '',
      `${kept.toLocaleString('en')} ${kept === 1 ? 'stays' : 'stay'}`,
      kept > 0 ? 'held, protected or with a tag of its own' : 'nothing is held',
    ],
  ]
  return html`<dl class="sums">${cells.map(
    ([kind, figure, words]) => html`<div class="${kind}"><dt>${figure}</dt><dd>${words}</dd></div>`,
  )}</dl>`
}

function short(tags: readonly string[]): string {
  const named = tags.slice(0, 3)
  const more = tags.length - named.length
  return `${named.map(tag => (tag.length > 24 ? `${tag.slice(0, 24)}…` : tag)).join(', ')}${more > 0 ? ` and ${more} more` : ''}`
}

/** What goes, each image followed by what goes along with it. */
function going(path: ImagePath, { plan, images, along }: DeletionPreview): Html {
  const rowOf = new Map<string, ManifestRow>(images.map(image => [image.digest, image]))
  const tags = new Map<Digest, string[]>()
  for (const { digest, tag } of plan.deleted)
    tags.set(digest, [...(tags.get(digest) ?? []), ...(tag === undefined ? [] : [tag])])
  const below = new Map<Digest, Kin[]>()
  for (const kin of along) below.set(kin.of, [...(below.get(kin.of) ?? []), kin])
  const kins = new Set<string>(along.map(kin => kin.digest))
  const lines: Html[] = []
  const add = (digest: Digest, depth: number, kin?: Kin): void => {
    if (lines.length >= SHOWN) return
    const image = rowOf.get(digest)
    lines.push(
      goingRow(path, {
        digest,
        image,
        tags: tags.get(digest) ?? [],
        depth,
        kin,
        along: below.get(digest)?.length ?? 0,
      }),
    )
    for (const each of below.get(digest) ?? []) add(each.digest, depth + 1, each)
  }
  for (const digest of tags.keys()) if (!kins.has(digest)) add(digest, 0)
  const all = tags.size
  const shown = fitting(lines, SHARES.goes)
  return html`<h3 class="how">Goes</h3><div class="frame" tabindex="0" role="region" aria-label="What goes"><table><thead class="unseen"><tr><th scope="col">What</th><th scope="col">Image</th><th scope="col">Digest</th><th scope="col">Why</th><th scope="col">Size</th></tr></thead><tbody>${shown}</tbody></table></div>${all > shown.length && html`<p class="quiet small pad">and ${count(all - shown.length, 'more')}</p>`}`
}

interface Going {
  readonly digest: Digest
  /** Undefined where the image stays, and only tags of it go. */
  readonly image: ManifestRow | undefined
  readonly tags: readonly string[]
  readonly depth: number
  readonly kin: Kin | undefined
  readonly along: number
}

function goingRow(path: ImagePath, { digest, image, tags, depth, kin, along }: Going): Html {
  const kind = image === undefined ? 'tag' : manifestKind(image.mediaType) === 'index' ? 'index' : 'image'
  const why =
    image === undefined
      ? 'the image stays: it has other tags'
      : kin !== undefined
        ? kin.as === 'child'
          ? 'its index goes'
          : 'goes with its image'
        : along > 0
          ? `${along} that belong${along === 1 ? 's' : ''} to it go${along === 1 ? 'es' : ''} along`
          : tags.length > 0
            ? tags.length === 1
              ? 'its last tag'
              : 'its last tags'
            : ''
  const what = kin?.as === 'referrer' && image?.artifactType !== undefined ? artifactTypeName(image.artifactType) : kind
  const named = tags.slice(0, 8).map((tag, at) => html`${at > 0 && ', '}<span class="tag">${tag}</span>`)
  const more = tags.length > 8 ? ` and ${tags.length - 8} more` : ''
  return html`<tr class="depth-${Math.min(depth, 3)}"><td><span class="badge go">goes</span></td><td>${what} ${named}${more}</td><td>${chip(digest, pathOf.image(path, digest))}</td><td class="quiet wide">${why}</td><td class="num">${image === undefined ? '' : bytes(image.imageSizeBytes)}</td></tr>`
}

/** What was selected and stays, with the reason, and what belongs to what goes and stays. */
function stays(path: ImagePath, { plan, staying, rules }: DeletionPreview): Html {
  const place = { path, rules }
  const failed = plan.failures.slice(0, SHOWN).map(({ ref, failure }) => {
    const digest = ref.digest
    return html`<tr><td><span class="badge held">stays</span></td><td>${ref.tag !== undefined ? html`<span class="tag">${ref.tag}</span>` : 'image'}</td><td>${digest !== undefined && chip(digest, pathOf.image(path, digest))}</td><td class="quiet">${reasonOf(failure, place)}</td></tr>`
  })
  const kept = staying
    .slice(0, SHOWN - failed.length)
    .map(
      each =>
        html`<tr><td><span class="badge held">stays</span></td><td>${each.as === 'child' ? 'image of' : 'attached to'} ${chip(each.of)}</td><td>${chip(each.digest, pathOf.image(path, each.digest))}</td><td class="quiet">${whyKept(path, each)}</td></tr>`,
    )
  const shown = fitting([...failed, ...kept], SHARES.stays)
  const more = plan.failures.length + staying.length - shown.length
  return html`<h3 class="how">Stays</h3><div class="frame" tabindex="0" role="region" aria-label="What stays"><table><thead class="unseen"><tr><th scope="col">What</th><th scope="col">Image</th><th scope="col">Digest</th><th scope="col">Why</th></tr></thead><tbody>${shown}</tbody></table></div>${more > 0 && html`<p class="quiet small pad">and ${count(more, 'more')}</p>`}`
}

const whyKept = (path: ImagePath, { why, parents }: Staying): Html =>
  why === 'tagged' ? html`It has a tag of its own.` : reasonOf({ kind: 'heldByIndexes', parents }, { path })
