import type { TagKey, TagPage, TagQuery } from '../../../registry/gallery/tag-page.ts'
import { pathOf } from '../href.ts'
import { type Html, html } from '../html.ts'
import { pager } from '../parts/pager.ts'
import { repositoryHead } from '../parts/repository.ts'
import { fittingTags } from '../parts/tag-table.ts'
import { plain } from '../parts/text.ts'
import type { Page } from './layout.ts'

/** A place in a list of tags as a query has it. */
export const formatTagKey = ({ createdAt, tag }: TagKey): string => `${createdAt}-${tag}`

export function tagsPage({ repository, lines, next: following }: TagPage, query: TagQuery): Page {
  const { order, filter, after } = query
  const { table, count } = fittingTags(repository, lines)
  const next = count < lines.length ? lines[count - 1] : following
  const here = (change: { sort?: string | undefined; after?: string | undefined }) =>
    pathOf.tags(repository, { q: filter, sort: order === 'newest' ? undefined : order, ...change })
  const paths = {
    first: after === undefined ? undefined : here({}),
    next: next && here({ after: formatTagKey(next) }),
  }
  return {
    title: `Tags of ${repository.alias}/${repository.name}`,
    path: pathOf.tags(repository),
    body: html`${repositoryHead(repository, 'tags')}
<h2 class="unseen">Tags</h2>
<div class="tools"><form method="get" role="search" action="${pathOf.tags(repository)}">${order !== 'newest' && html`<input type="hidden" name="sort" value="${order}">`}<input type="search" name="q" value="${filter}" aria-label="Filter tags" placeholder="Filter tags" maxlength="128" autocomplete="off"><button type="submit">Filter</button></form>
<span class="quiet">Sorted by ${orders(query, sort => here({ sort }))}</span></div>
${lines.length === 0 ? empty(query, next) : table}
${pager(paths)}`,
  }
}

function orders({ order }: TagQuery, pathBy: (sort: string | undefined) => string): Html {
  const link = (name: TagQuery['order'], path: string, words: string) =>
    html`<a href="${path}"${name === order && html` aria-current="true"`}>${words}</a>`
  return html`${link('newest', pathBy(undefined), 'date')} · ${link('name', pathBy('name'), 'name')}`
}

function empty({ filter }: TagQuery, next: TagKey | undefined): Html {
  if (filter === '') return html`<div class="empty"><p>There is no tag here.</p></div>`
  const where = next === undefined ? 'No tag has' : 'No tag of those looked through so far has'
  return html`<div class="empty"><p>${where} <code>${plain(filter, 128)}</code> in it.</p></div>`
}
