import type { ImagePath } from '../../../../domain/image-path.ts'
import type { ImageJob } from '../../../../ports/rows/images/image-jobs.ts'
import type { Below, ManagedLine } from '../../../../registry/gallery/managed-images.ts'
import { pathOf } from '../../href.ts'
import { type Html, html } from '../../html.ts'
import type { Page } from '../../pages/layout.ts'
import { formatTagKey } from '../../pages/tags.ts'
import { artifactTypeName } from '../../parts/artifact-type.ts'
import { chip } from '../../parts/digest.ts'
import { fitting } from '../../parts/fitting.ts'
import { pager } from '../../parts/pager.ts'
import { bytes, count, free, plain, time } from '../../parts/text.ts'
import { repositoryDeskHead } from '../desk-head.ts'
import { jobLink } from './job-page.ts'

export interface ListView {
  readonly path: ImagePath
  readonly lines: readonly ManagedLine[]
  readonly filter: string
  readonly isUntagged: boolean
  readonly isFirst: boolean
  /** Where the next page begins, as a query has it. */
  readonly next: string | undefined
  readonly jobs: readonly ImageJob[]
}

const SAME_NAMED = 4
/** Bytes of the page that its table may take: with much below each image a page has fewer of them. */
const SHARE = 80_000

export function listPage(view: ListView): Page {
  const { path, lines, filter, isUntagged, isFirst, jobs } = view
  const shown = fitting(
    lines.map(line => rows(path, line)),
    SHARE,
  )
  const next = shown.length < lines.length ? keyOf(lines[shown.length - 1]) : view.next
  const here = (change: Readonly<Record<string, string | undefined>> = {}) =>
    pathOf.manageRepository(path, 'images', { view: isUntagged ? 'untagged' : undefined, q: filter, ...change })
  return {
    title: `Images of ${path.name}`,
    body: html`${repositoryDeskHead(path, 'images')}
<h2 class="unseen">Images</h2>
${jobs.filter(job => job.state === 'running').map(job => html`<p class="notice held">${jobLink(path, job)}</p>`)}
<div class="tools">${isUntagged ? html`<p class="quiet">Images without tags that no index lists and that belong to nothing.</p>` : filterForm(path, filter)}
<span class="quiet">${link(path, !isUntagged, undefined, 'by tag')} · ${link(path, isUntagged, 'untagged', 'without tags')}</span></div>
${lines.length === 0 ? empty(view) : table(view, shown)}
${pager({ first: isFirst ? undefined : here(), next: next === undefined ? undefined : here({ after: next }) })}
${recent(path, jobs)}`,
  }
}

/** Where the page behind a line begins, as a query has it. */
const keyOf = (line: ManagedLine | undefined): string | undefined =>
  line?.tag === undefined ? line?.image.digest : formatTagKey(line.tag)

const link = (path: ImagePath, isCurrent: boolean, view: string | undefined, words: string): Html =>
  html`<a href="${pathOf.manageRepository(path, 'images', { view })}"${isCurrent && html` aria-current="true"`}>${words}</a>`

const filterForm = (path: ImagePath, filter: string): Html =>
  html`<form method="get" role="search" action="${pathOf.manageRepository(path, 'images')}"><input type="search" name="q" value="${filter}" aria-label="Filter tags" placeholder="Filter tags" maxlength="128" autocomplete="off"><button type="submit">Filter</button></form>`

function table({ path, filter, isUntagged }: ListView, shown: readonly Html[]): Html {
  const preview = pathOf.manageRepository(path, 'images/preview')
  const all = pathOf.manageRepository(path, 'images/preview', {
    all: '1',
    q: filter,
    view: isUntagged ? 'untagged' : undefined,
  })
  const whole = isUntagged ? 'every image without tags' : filter === '' ? 'all tags' : 'all that match'
  return html`<form method="get" action="${preview}" data-select>
${isUntagged && html`<input type="hidden" name="view" value="untagged">`}
<div class="frame" tabindex="0" role="region" aria-label="Images"><table class="picks">
<thead><tr><th scope="col"><span class="unseen">Select</span></th><th scope="col">${isUntagged ? 'Image' : 'Tag'}</th><th scope="col">Digest</th><th scope="col" class="num">Size</th><th scope="col" class="num wide">Pushed</th><th scope="col" class="num wide">Last pulled</th></tr></thead>
<tbody>${shown}</tbody></table></div>
<div class="deed"><button type="submit" class="main">See what a deletion takes</button><span class="quiet" data-selected="of # ticked, or of ">of the ticked ones, or of <a href="${all}">${whole}</a></span></div>
</form>`
}

function rows(path: ImagePath, { image, tag, protectedBy, below, belowTotal }: ManagedLine): Html {
  const { digest, imageSizeBytes, pushedAt, lastPulledAt } = image
  const value = tag?.tag ?? digest
  const name = tag?.tag ?? digest.slice(digest.indexOf(':') + 1, digest.indexOf(':') + 13)
  const what = image.artifactType ?? 'no tag'
  return html`<tr><td><input type="checkbox" name="i" value="${value}" aria-label="Select ${name}"></td>
<td>${tag === undefined ? html`<span class="quiet">${free(what, 80)}</span>` : html`<a class="tag" href="${pathOf.image(path, tag.tag)}">${tag.tag}</a>${protectedBy !== undefined && html` <span class="badge held" title="by the pattern ${protectedBy}">protected</span>`}${same(tag.sameAs)}`}</td>
<td>${chip(digest, pathOf.image(path, digest))}</td><td class="num">${bytes(imageSizeBytes)}</td><td class="num wide">${time(tag?.createdAt ?? pushedAt)}</td><td class="num wide">${lastPulledAt === undefined ? 'never' : time(lastPulledAt)}</td></tr>
${below.map(each => belowRow(path, each))}${belowTotal > below.length && html`<tr class="below"><td></td><td colspan="5"><a href="${pathOf.image(path, digest)}">and ${count(belowTotal - below.length, 'more')}</a></td></tr>`}`
}

function same(tags: readonly string[]): Html | false {
  if (tags.length === 0) return false
  const more = tags.length > SAME_NAMED ? ' and more' : ''
  return html`<div class="same">same image as ${tags.slice(0, SAME_NAMED).join(', ')}${more}</div>`
}

function belowRow(path: ImagePath, { digest, what, as, sizeBytes }: Below): Html {
  const words = as === 'referrer' ? artifactTypeName(what) : as === 'attestation' ? 'attestation' : free(what, 80)
  const isHere = sizeBytes !== undefined
  return html`<tr class="below ${as}"><td></td><td>${words}${!isHere && html` <span class="badge">not here</span>`}</td><td>${chip(digest, isHere ? pathOf.image(path, digest) : undefined)}</td><td class="num">${isHere ? bytes(sizeBytes) : ''}</td><td class="wide"></td><td class="wide"></td></tr>`
}

function empty({ filter, isUntagged, next }: ListView): Html {
  if (isUntagged)
    return html`<div class="empty"><p>${next === undefined ? 'There is no such image: each has a tag, or belongs to one that has.' : 'There is none among those looked through so far.'}</p></div>`
  if (filter === '') return html`<div class="empty"><p>No tag is here. What is pushed with one stands here.</p></div>`
  return html`<div class="empty"><p>No tag has <code>${plain(filter, 128)}</code> in it.</p></div>`
}

function recent(path: ImagePath, jobs: readonly ImageJob[]): Html | false {
  const ended = jobs.filter(job => job.state !== 'running')
  if (ended.length === 0) return false
  return html`<section class="recent" aria-labelledby="recent"><h2 id="recent">Lately</h2><ul class="lines">${ended.map(
    job => html`<li>${jobLink(path, job)} <span class="quiet">${time(job.createdAt)}</span></li>`,
  )}</ul></section>`
}
