import type { ImagePath } from '../../../domain/image-path.ts'
import { SAME_SHOWN, type TagLine } from '../../../registry/gallery/tag-page.ts'
import { pathOf } from '../href.ts'
import { type Html, html } from '../html.ts'
import { chip } from './digest.ts'
import { fitting } from './fitting.ts'
import { bytes, plain, time } from './text.ts'

/** Platforms that a line names; a list may have many. */
const PLATFORMS = 6
/** Bytes of the page that its table may take: long names have fewer lines on a page. */
const SHARE = 80_000

/** Tags with what they lead to. */
export function tagTable(path: ImagePath, lines: readonly TagLine[]): Html {
  return tableOf(
    lines.map(line => row(path, line)),
    false,
  )
}

/** As `tagTable` with the pulls, for the first lines that fit on a page, and how many those are. */
export function fittingTags(path: ImagePath, lines: readonly TagLine[]): { table: Html; count: number } {
  const isPulled = lines.some(({ pulls }) => pulls !== undefined)
  const rows = fitting(
    lines.map(line => row(path, line, isPulled ? pullsOf(line) : undefined)),
    SHARE,
  )
  return { table: tableOf(rows, isPulled), count: rows.length }
}

const pullsOf = ({ pulls }: TagLine): Html =>
  html`<td class="num wide">${pulls?.lastAt === undefined ? 'not yet' : time(pulls.lastAt)}</td><td class="num wide">${(pulls?.count ?? 0).toLocaleString('en')}</td>`

function tableOf(rows: readonly Html[], withPulls: boolean): Html {
  return html`<div class="frame" tabindex="0" role="region" aria-label="Tags"><table>
<thead><tr><th scope="col">Tag</th><th scope="col">Digest</th><th scope="col" class="wide">Platforms</th><th scope="col" class="num">Size</th><th scope="col" class="num wide">Pushed</th>${withPulls && html`<th scope="col" class="num wide">Pulled</th><th scope="col" class="num wide">Pulls, 90 days</th>`}</tr></thead>
<tbody>${rows}</tbody></table></div>`
}

function row(path: ImagePath, { tag, createdAt, image, platforms, sameAs }: TagLine, pulls?: Html): Html {
  const shown = platforms.slice(0, PLATFORMS).map(each => plain(each.replace(/^linux\//, ''), 40))
  const more = platforms.length > PLATFORMS ? ` and ${platforms.length - PLATFORMS} more` : ''
  return html`<tr><td><a class="tag" href="${pathOf.image(path, tag)}">${tag}</a>${sameAs.length > 0 && same(path, sameAs)}</td>
<td>${chip(image.digest, pathOf.image(path, image.digest))}</td><td class="wide quiet">${platforms.length > 0 ? `${shown.join(', ')}${more}` : plain(image.artifactType ?? '', 60)}</td>
<td class="num">${bytes(image.imageSizeBytes)}</td><td class="num wide">${time(createdAt)}</td>${pulls}</tr>`
}

/** Other tags of one image: eight of them, and that there are more. */
function same(path: ImagePath, tags: TagLine['sameAs']): Html {
  const named = tags.slice(0, SAME_SHOWN)
  const links = named.map((tag, at) => html`${at > 0 && ', '}<a href="${pathOf.image(path, tag)}">${tag}</a>`)
  return html`<div class="same">same image as ${links}${tags.length > SAME_SHOWN && ' and more'}</div>`
}
