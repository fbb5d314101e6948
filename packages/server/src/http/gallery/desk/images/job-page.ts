import type { ImagePath } from '../../../../domain/image-path.ts'
import type { ImageJob, ImageJobItemRow } from '../../../../ports/rows/images/image-jobs.ts'
import { readFailure } from '../../../../registry/deletions/image-job-items.ts'
import { pathOf } from '../../href.ts'
import { type Html, html } from '../../html.ts'
import type { Page } from '../../pages/layout.ts'
import { chip } from '../../parts/digest.ts'
import { fitting } from '../../parts/fitting.ts'
import { count, time } from '../../parts/text.ts'
import { repositoryDeskHead } from '../desk-head.ts'
import { reasonOf } from './failures.ts'
import { onceField } from './once.ts'

export interface JobView {
  readonly path: ImagePath
  readonly job: ImageJob
  /** The first items that failed, and the first of all. */
  readonly failed: readonly ImageJobItemRow[]
  readonly items: readonly ImageJobItemRow[]
  readonly isBinned: boolean
  readonly hidden: Html
  /** Why a form was refused. */
  readonly refused: string | undefined
}

/** Bytes that a table may take. */
const SHARES = { notes: 40_000, items: 40_000 } as const

const NOUNS = { delete: 'Deletion', restore: 'Restore' } as const
const DONE = { delete: 'deleted', restore: 'put back' } as const
const STATES = { running: 'is running', done: 'is done', cancelled: 'was cancelled', stopped: 'was stopped' } as const

export const jobPath = (path: ImagePath, id: string): string => pathOf.manageRepository(path, `images/job/${id}`)

const took = ({ images, tags }: ImageJob): string => `${count(images, 'image')}, ${count(tags, 'tag')}`

/** One line about a job, which leads to its page. */
export function jobLink(path: ImagePath, job: ImageJob): Html {
  const { id, kind, state, handled, items } = job
  const words =
    state === 'running'
      ? `${NOUNS[kind]} is running: ${handled.toLocaleString('en')} of ${items.toLocaleString('en')}`
      : `${NOUNS[kind]} ${state === 'done' ? '' : `${STATES[state]} after `}of ${took(job)}`
  return html`<a href="${jobPath(path, id)}">${words}</a>${job.failed > 0 && ` (${job.failed.toLocaleString('en')} stayed)`}`
}

export function jobPage(view: JobView): Page {
  const { path, job, failed, items, hidden, refused } = view
  const { kind, state, reason, createdAt, finishedAt } = job
  const isRunning = state === 'running'
  return {
    title: `${NOUNS[kind]} of ${path.name}`,
    body: html`${repositoryDeskHead(path, 'images')}
${refused === 'jobs' && html`<p class="notice go" role="alert">Nothing was begun: as many jobs of your account are running as may be.</p>`}
<section class="preview ${isRunning ? 'held' : 'done'}" aria-labelledby="job"><header><h2 id="job">${NOUNS[kind]} ${STATES[state]}</h2><span class="quiet">${time(finishedAt ?? createdAt)}</span></header>
${reason !== undefined && html`<p class="pad">${reason} What was done before stays done.</p>`}
${isRunning && progress(job)}
<dl class="sums"><div><dt>${count(job.images, 'image')}</dt><dd>${DONE[kind]}, with what belongs to them</dd></div><div><dt>${count(job.tags, 'tag')}</dt><dd>${DONE[kind]}</dd></div><div class="${job.failed > 0 ? 'held' : ''}"><dt>${job.failed.toLocaleString('en')} of ${job.items.toLocaleString('en')} selected</dt><dd>stayed as they are</dd></div></dl>
${notes(path, failed, items)}
<footer>${footer(view)}${isRunning && html`<form method="post">${hidden}<input type="hidden" name="action" value="cancel"><button type="submit">Cancel what is left</button></form>`}</footer></section>
${!isRunning && itemTable(path, job, items)}`,
  }
}

const progress = ({ handled, items }: ImageJob): Html =>
  html`<p class="pad"><progress value="${handled}" max="${Math.max(1, items)}" aria-label="Progress"></progress> ${handled.toLocaleString('en')} of ${items.toLocaleString('en')}. This page loads itself again; you may close it, and the work goes on.</p>`

function footer({ path, job, isBinned, hidden }: JobView): Html {
  const back = html`<a class="button" href="${pathOf.manageRepository(path, 'images')}">Images</a>`
  if (job.state === 'running')
    return html`<p>${job.kind === 'delete' ? 'What is deleted waits in the bin.' : ''}</p>${back}`
  if (job.kind === 'restore')
    return html`<p>What came back has its tags again, but for those that other images have now.</p>${back}`
  if (job.images + job.tags === 0) return html`<p>Nothing was deleted.</p>${back}`
  if (!isBinned && job.images > 0) return html`<p>The bin is off here: what went cannot be put back.</p>${back}`
  return html`<p>All of it is in the <a href="${pathOf.manageRepository(path, 'bin')}">bin</a>, and comes back with one click.</p>${back}
<form method="post">${hidden}${onceField()}<input type="hidden" name="action" value="restore"><button type="submit" class="main">Put all of it back</button></form>`
}

/** What failed, and what came back without some of its tags. */
function notes(path: ImagePath, failed: readonly ImageJobItemRow[], items: readonly ImageJobItemRow[]): Html | false {
  const partly = items.filter(({ outcome, failure }) => outcome !== 'failed' && failure !== undefined)
  const noted = [...failed, ...partly]
  if (noted.length === 0) return false
  const lines = noted.map(
    ({ digest, tag, failure }) =>
      html`<tr><td>${tag === undefined ? 'image' : html`<span class="tag">${tag}</span>`}</td><td>${digest !== undefined && chip(digest, pathOf.image(path, digest))}</td><td class="quiet">${failure !== undefined && reasonOf(readFailure(failure).failure, { path })}</td></tr>`,
  )
  return html`<h3 class="how">Stayed, and why</h3><div class="frame" tabindex="0" role="region" aria-label="What stayed"><table><thead class="unseen"><tr><th scope="col">Image</th><th scope="col">Digest</th><th scope="col">Why</th></tr></thead><tbody>${fitting(lines, SHARES.notes)}</tbody></table></div>`
}

function itemTable(path: ImagePath, { kind, items: total }: ImageJob, items: readonly ImageJobItemRow[]): Html | false {
  const done = items.filter(({ outcome }) => outcome === 'image' || outcome === 'tag')
  if (done.length === 0) return false
  const badge = kind === 'delete' ? 'go' : 'ok'
  const lines = done.map(
    ({ digest, tag, outcome }) =>
      html`<tr><td><span class="badge ${badge}">${outcome}</span></td><td>${tag !== undefined && html`<span class="tag">${tag}</span>`}</td><td>${digest !== undefined && chip(digest, kind === 'restore' ? pathOf.image(path, digest) : undefined)}</td></tr>`,
  )
  const shown = fitting(lines, SHARES.items)
  return html`<h2 class="recent">What was ${DONE[kind]}</h2><div class="frame" tabindex="0" role="region" aria-label="What was ${DONE[kind]}"><table><thead class="unseen"><tr><th scope="col">What</th><th scope="col">Tag</th><th scope="col">Digest</th></tr></thead><tbody>${shown}</tbody></table></div>${total > shown.length && html`<p class="quiet small">The first ${shown.length} of ${total.toLocaleString('en')} that were selected.</p>`}`
}
