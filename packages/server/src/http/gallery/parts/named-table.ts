import type { NamedText, Some } from '../../../registry/gallery/image-facts.ts'
import { href } from '../href.ts'
import { type Html, html } from '../html.ts'
import { fitting } from './fitting.ts'
import { free, plain } from './text.ts'

const NAME_LIMIT = 200
const TEXT_LIMIT = 1_000
/** Bytes of the page that one table may take. */
const SHARE = 10_000

/** Says how many of a long list are not shown. */
export const rest = ({ items, total }: Some<unknown>): Html | undefined =>
  total > items.length
    ? html`<p class="quiet small">and ${(total - items.length).toLocaleString('en')} more</p>`
    : undefined

/** A table of names with texts, both of which strangers wrote. */
export function namedTable(title: string, id: string, list: Some<NamedText>): Html {
  const rows = fitting(
    list.items.map(
      ({ name, text }) => html`<tr><td class="mono">${free(name, NAME_LIMIT)}</td><td>${value(text)}</td></tr>`,
    ),
    SHARE,
  )
  return html`<section aria-labelledby="${id}"><h2 id="${id}">${title}</h2><div class="frame" tabindex="0" role="region" aria-label="${title}"><table>
<thead><tr><th scope="col">Name</th><th scope="col">Value</th></tr></thead>
<tbody>${rows}</tbody></table></div>${rest({ items: rows, total: list.total })}</section>`
}

function value(text: string): Html {
  const link = /^https?:/i.test(text) && text.length <= TEXT_LIMIT && plain(text, TEXT_LIMIT) === text && href(text)
  if (!link) return free(text, TEXT_LIMIT)
  return html`<a href="${link}" rel="nofollow noopener ugc">${free(text, TEXT_LIMIT)}</a>`
}
