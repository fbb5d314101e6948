import type { ImagePath } from '../../../../domain/image-path.ts'
import type { Deleted } from '../../../../registry/bin/list-deleted.ts'
import { pathOf } from '../../href.ts'
import { type Html, html } from '../../html.ts'
import type { Page } from '../../pages/layout.ts'
import { chip } from '../../parts/digest.ts'
import { pager } from '../../parts/pager.ts'
import { bytes, free, time } from '../../parts/text.ts'
import { repositoryDeskHead } from '../desk-head.ts'
import { onceField } from './once.ts'

export interface BinView {
  readonly path: ImagePath
  readonly deleted: readonly Deleted[]
  readonly isFirst: boolean
  readonly next: string | undefined
  readonly hidden: Html
  /** What a form before has done, in words. */
  readonly notice: { readonly kind: 'ok' | 'go' | 'held'; readonly text: string } | undefined
  readonly days: number
}

/** Tags that one line names. */
const TAGS_NAMED = 8

export function binPage({ path, deleted, isFirst, next, hidden, notice, days }: BinView): Page {
  const here = (after?: string) => pathOf.manageRepository(path, 'bin', { after })
  return {
    title: `Bin of ${path.name}`,
    body: html`${repositoryDeskHead(path, 'bin')}
<h2 class="unseen">Bin</h2>
${notice !== undefined && html`<p class="notice ${notice.kind}" role="status">${notice.text}</p>`}
${deleted.length === 0 ? empty(days) : table(path, deleted, hidden)}
${pager({ first: isFirst ? undefined : here(), next: next === undefined ? undefined : here(next) })}`,
  }
}

const empty = (days: number): Html =>
  html`<div class="empty"><p>The bin is empty.</p><p>${days > 0 ? `What is deleted waits here for ${days === 1 ? 'a day' : `${days} days`}, and can be put back with its tags.` : 'It is off for this repository: what is deleted is gone at once.'}</p></div>`

function table(path: ImagePath, deleted: readonly Deleted[], hidden: Html): Html {
  return html`<form method="post" action="${pathOf.manageRepository(path, 'bin')}" data-select>${hidden}${onceField()}
<div class="frame" tabindex="0" role="region" aria-label="Bin"><table class="picks">
<thead><tr><th scope="col"><span class="unseen">Select</span></th><th scope="col">What</th><th scope="col">Digest</th><th scope="col" class="num">Size</th><th scope="col" class="wide">Deleted</th><th scope="col" class="num">Stays until</th></tr></thead>
<tbody>${deleted.map(each => ('image' in each ? imageRow(each.image) : tagRow(path, each.tag)))}</tbody></table></div>
<div class="deed"><button type="submit" class="main" name="action" value="restore">Put back</button><button type="submit" name="action" value="purge">Delete for good…</button><span class="quiet" data-selected="# ticked">the ticked ones</span><a class="end" href="${pathOf.manageRepository(path, 'bin/purge', { all: '1' })}">Empty the bin…</a></div></form>`
}

const by = (principal: string): string => principal.replace(/^arn:aws:iam::\d+:/, '').replace(/^user\//, '')

function imageRow(image: Extract<Deleted, { image: unknown }>['image']): Html {
  const { digest, tags, artifactType, imageSizeBytes, deletedAt, deletedBy, reason, purgeAfter } = image
  const named = tags.slice(0, TAGS_NAMED).map((tag, at) => html`${at > 0 && ', '}<span class="tag">${tag}</span>`)
  const more = tags.length > TAGS_NAMED ? ` and ${tags.length - TAGS_NAMED} more` : ''
  const hex = digest.slice(digest.indexOf(':') + 1)
  return html`<tr><td><input type="checkbox" name="i" value="${digest}" aria-label="Select ${tags[0] ?? hex.slice(0, 12)}"></td>
<td>${tags.length > 0 ? html`${named}${more}` : html`<span class="quiet">${free(artifactType ?? 'no tag', 80)}</span>`}</td><td>${chip(digest)}</td><td class="num">${bytes(imageSizeBytes)}</td><td class="wide small">${time(deletedAt)}<br><span class="quiet">by ${free(by(deletedBy), 80)}${reason !== 'call' && reason !== 'gallery' && html`, ${free(reason, 80)}`}</span></td><td class="num">${time(purgeAfter)}</td></tr>`
}

/** A tag that left an image which is still there. */
function tagRow(
  path: ImagePath,
  { tag, from, to, movedAt, movedBy, keepUntil }: Extract<Deleted, { tag: unknown }>['tag'],
): Html {
  return html`<tr><td><input type="checkbox" name="i" value="${tag}@${from}" aria-label="Select ${tag}"></td>
<td><span class="tag">${tag}</span> <span class="badge">${to === undefined ? 'tag alone' : 'tag that moved'}</span></td><td>${chip(from, pathOf.image(path, from))}</td><td class="num"></td><td class="wide small">${time(movedAt)}<br><span class="quiet">by ${free(by(movedBy), 80)}</span></td><td class="num">${time(keepUntil)}</td></tr>`
}

export interface PurgeView {
  readonly path: ImagePath
  /** What is named, as the form has it; none stands for the whole bin. */
  readonly chosen: readonly string[]
  readonly isAll: boolean
  readonly images: number
  readonly hidden: Html
}

/** Asks once more: what leaves the bin never comes back. */
export function purgePage({ path, chosen, isAll, images, hidden }: PurgeView): Page {
  const what = isAll
    ? `everything in the bin, ${images.toLocaleString('en')} images`
    : `${chosen.length.toLocaleString('en')} of what is in the bin`
  return {
    title: `Delete for good from ${path.name}`,
    body: html`${repositoryDeskHead(path, 'bin')}
<section class="preview" aria-labelledby="purge"><header><h2 id="purge">Delete ${what} for good?</h2><span class="badge ok">Nothing has happened yet</span></header>
<p class="pad">It cannot be put back after that, by nobody. What an index in the bin lists goes only together with the index. The space comes back when the lease of the last push is over, too.</p>
${!isAll && html`<ul class="lines pad">${chosen.slice(0, 50).map(each => html`<li>${chip(each)}</li>`)}</ul>${chosen.length > 50 && html`<p class="pad quiet">and ${chosen.length - 50} more</p>`}`}
<footer><p></p><a class="button" href="${pathOf.manageRepository(path, 'bin')}">Keep it</a><form method="post" action="${pathOf.manageRepository(path, 'bin/purge')}">${hidden}${isAll ? html`<input type="hidden" name="all" value="1">` : chosen.map(each => html`<input type="hidden" name="i" value="${each}">`)}<button type="submit" class="go">Delete for good</button></form></footer></section>`,
  }
}
