import type { RecentKey, ShownRepository } from '../../../ports/rows/gallery/shown-repositories.ts'
import type { PageOf } from '../../../registry/page.ts'
import { pathOf } from '../href.ts'
import { html } from '../html.ts'
import { pager } from '../parts/pager.ts'
import { cards } from '../parts/repository.ts'
import type { Page, PageContext } from './layout.ts'

/** A place in the list of recent repositories as a query has it. */
export const formatRecent = ({ lastPushedAt, id }: RecentKey): string => `${lastPushedAt}-${id}`

export function homePage(
  { items, next }: PageOf<ShownRepository, RecentKey>,
  isFirst: boolean,
  { registryHost }: PageContext,
): Page {
  const paths = {
    first: isFirst ? undefined : pathOf.home(),
    next: next && pathOf.home({ after: formatRecent(next) }),
  }
  return {
    title: 'Images',
    description: `Container images to pull from ${registryHost}`,
    path: '/',
    body: html`<h1>${isFirst ? 'Recently pushed' : 'Pushed before'}</h1>
<p class="lead">Container images that anyone can pull from <code>${registryHost}</code>.</p>
${items.length === 0 ? empty(registryHost, isFirst) : cards(items, { withPublisher: true })}
${pager(paths)}`,
  }
}

function empty(host: string, isFirst: boolean) {
  if (!isFirst) return html`<div class="empty"><p>There are no more.</p></div>`
  return html`<div class="empty"><p>No image has been pushed yet.</p>
<p>Whoever has a key makes a repository, and pushes to it:</p>
<pre tabindex="0"><code>berth ecr-public create-repository --repository-name NAME
docker push ${host}/ALIAS/NAME:latest</code></pre></div>`
}
