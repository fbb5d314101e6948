import type { PublisherView } from '../../../registry/gallery/lists.ts'
import { pathOf } from '../href.ts'
import { html } from '../html.ts'
import { publisherLogo } from '../parts/logo.ts'
import { pager } from '../parts/pager.ts'
import { cards, VERIFIED } from '../parts/repository.ts'
import { free, plain } from '../parts/text.ts'
import type { Page, PageContext } from './layout.ts'

export function publisherPage(
  { publisher, repositories: { items, next } }: PublisherView,
  isFirst: boolean,
  { registryHost }: PageContext,
): Page {
  const { alias, displayName, verified } = publisher
  const name = displayName || alias
  const paths = {
    first: isFirst ? undefined : pathOf.publisher(alias),
    next: next && pathOf.publisher(alias, { after: next }),
  }
  return {
    title: plain(name, 100),
    description: `Container images of ${plain(name, 100)}`,
    path: pathOf.publisher(alias),
    body: html`<div class="head">${publisherLogo(alias, 64)}<div><h1>${free(name, 100)}</h1>
<p class="by"><code>${registryHost}/${alias}</code>${verified && html` ${VERIFIED}`}</p></div></div>
${
  items.length === 0
    ? html`<div class="empty"><p>${isFirst ? 'No repository here holds an image.' : 'There are no more.'}</p></div>`
    : cards(items, { withPublisher: false })
}
${pager(paths)}`,
  }
}
