import type { HistoryView } from '../../../registry/gallery/show-history.ts'
import { pathOf } from '../href.ts'
import { html } from '../html.ts'
import { chip } from '../parts/digest.ts'
import { historyTable } from '../parts/history.ts'
import { pager } from '../parts/pager.ts'
import { repositoryHead } from '../parts/repository.ts'
import type { Page } from './layout.ts'

export function historyPage(view: HistoryView, isFirst: boolean): Page {
  const { repository, tag, current, moves } = view
  const paths = {
    first: isFirst ? undefined : pathOf.history(repository, tag),
    next: moves.next === undefined ? undefined : pathOf.history(repository, tag, { after: String(moves.next) }),
  }
  return {
    title: `History of ${repository.alias}/${repository.name}:${tag}`,
    path: pathOf.history(repository, tag),
    body: html`${repositoryHead(repository, 'history')}
<div class="stack"><section aria-labelledby="history"><h2 id="history">Where <span class="tag">${tag}</span> led</h2>
<p class="quiet">${
      current === undefined
        ? 'The tag was deleted.'
        : html`Now it leads to ${chip(current, pathOf.image(repository, tag))}.`
    } Moves are kept as long as deleted images are.</p></section>
${moves.items.length === 0 ? html`<div class="empty"><p>No move of this tag is known.</p></div>` : historyTable(repository, view)}
${pager(paths)}</div>`,
  }
}
