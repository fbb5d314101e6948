import type { Digest } from '../../../domain/digest.ts'
import type { ImagePath } from '../../../domain/image-path.ts'
import type { TagHistory } from '../../../registry/gallery/show-history.ts'
import { pathOf } from '../href.ts'
import { type Html, html } from '../html.ts'
import { chip } from './digest.ts'
import { time } from './text.ts'

/** Where a tag led, the newest move first. */
export function historyTable(path: ImagePath, { moves, here }: TagHistory): Html {
  const image = (digest: Digest | undefined, none: string): Html => {
    if (digest === undefined) return html`<span class="quiet">${none}</span>`
    if (here.has(digest)) return chip(digest, pathOf.image(path, digest))
    return html`${chip(digest)} <span class="badge">not here</span>`
  }
  return html`<div class="frame" tabindex="0" role="region" aria-label="Where the tag led"><table>
<thead><tr><th scope="col">When</th><th scope="col">From</th><th scope="col">To</th></tr></thead>
<tbody>${moves.items.map(
    ({ movedAt, from, to }) =>
      html`<tr><td>${time(movedAt)}</td><td>${image(from, 'new')}</td><td>${image(to, 'deleted')}</td></tr>`,
  )}</tbody></table></div>`
}
