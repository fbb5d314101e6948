import type { RecentKey } from '../../../ports/rows/gallery/shown-repositories.ts'
import type { HomeView } from '../../../registry/gallery/lists.ts'
import type { PulledRepository } from '../../../registry/gallery/search.ts'
import { pathOf } from '../href.ts'
import { type Html, html } from '../html.ts'
import { pager } from '../parts/pager.ts'
import { byPublisher, cards } from '../parts/repository.ts'
import type { Page, PageContext } from './layout.ts'

/** A place in the list of recent repositories as a query has it. */
export const formatRecent = ({ lastPushedAt, id }: RecentKey): string => `${lastPushedAt}-${id}`

export function homePage(
  { recent: { items, next }, mostPulled }: HomeView,
  isFirst: boolean,
  { registryHost }: PageContext,
): Page {
  const paths = {
    first: isFirst ? undefined : pathOf.home(),
    next: next && pathOf.home({ after: formatRecent(next) }),
  }
  const list = html`${items.length === 0 ? empty(registryHost, isFirst) : cards(items, { withPublisher: true })}
${pager(paths)}`
  return {
    title: 'Images',
    description: `Container images to pull from ${registryHost}`,
    path: '/',
    body: html`<h1>${isFirst ? 'Recently pushed' : 'Pushed before'}</h1>
<p class="lead">Container images that anyone can pull from <code>${registryHost}</code>.</p>
${mostPulled.length === 0 ? list : html`<div class="split beside"><div>${list}</div><aside>${ranked(mostPulled)}</aside></div>`}`,
  }
}

function ranked(repositories: readonly PulledRepository[]): Html {
  return html`<section aria-labelledby="most-pulled"><h2 id="most-pulled">Most pulled</h2><p class="quiet small">In the last 30 days</p>
<ol class="ranked">${repositories.map(
    each =>
      html`<li><a href="${pathOf.repository(each)}">${each.name}</a> <span class="num">${(each.pulls ?? 0).toLocaleString('en')}<span class="unseen"> ${each.pulls === 1 ? 'pull' : 'pulls'}</span></span><span class="by">${byPublisher(each)}</span></li>`,
  )}</ol><p class="pages"><a href="${pathOf.search({ sort: 'pulls' })}">All by pulls</a></p></section>`
}

function empty(host: string, isFirst: boolean) {
  if (!isFirst) return html`<div class="empty"><p>There are no more.</p></div>`
  return html`<div class="empty"><p>No image has been pushed yet.</p>
<p>Whoever has a key makes a repository, and pushes to it:</p>
<pre tabindex="0"><code>berth ecr-public create-repository --repository-name NAME
docker push ${host}/ALIAS/NAME:latest</code></pre></div>`
}
