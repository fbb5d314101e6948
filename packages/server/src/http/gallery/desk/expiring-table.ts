import type { ImagePath } from '../../../domain/image-path.ts'
import { pathOf } from '../href.ts'
import { type Html, html } from '../html.ts'
import { chip } from '../parts/digest.ts'
import { fitting } from '../parts/fitting.ts'
import { plain, time } from '../parts/text.ts'
import { sentencesOf } from './rules-in-words.ts'

/** An image of a preview, as the API tells it. */
export interface Expiring {
  readonly imageDigest: string
  readonly imageTags?: readonly string[]
  /** In seconds since 1970. */
  readonly imagePushedAt: number
  readonly appliedRulePriority: number
}

/** How many tags a line names, and how many bytes all lines may take. */
const TAGS = 8
const SHARE = 40_000
/** The most characters of a sentence, which may name many patterns. */
const SENTENCE = 300

/** What a policy would take: the image, its tags, and the rule; of the images the first, and how many those are. */
export function expiringTable(
  path: ImagePath,
  images: readonly Expiring[],
  policyText: string,
): { readonly table: Html | undefined; readonly count: number } {
  if (images.length === 0) return { table: undefined, count: 0 }
  const sentenceOf = sentencesOf(policyText)
  const shown = fitting(
    images.map(each => line(path, each, sentenceOf(each.appliedRulePriority))),
    SHARE,
  )
  const table = html`<div class="frame" tabindex="0" role="region" aria-label="Images that would expire"><table>
<thead><tr><th scope="col">Image</th><th scope="col">Tags</th><th scope="col">Rule</th><th scope="col" class="num wide">Pushed</th></tr></thead>
<tbody>${shown}</tbody></table></div>`
  return { table, count: shown.length }
}

function line(path: ImagePath, image: Expiring, sentence: string): Html {
  const { imageDigest, imageTags = [], imagePushedAt, appliedRulePriority } = image
  const more = imageTags.length > TAGS ? ` and ${imageTags.length - TAGS} more` : ''
  const tags = imageTags.slice(0, TAGS).map((tag, at) => html`${at > 0 && ', '}<span class="tag">${tag}</span>`)
  return html`<tr><td>${chip(imageDigest, pathOf.image(path, imageDigest))}</td><td class="grow">${imageTags.length === 0 ? html`<span class="quiet">untagged</span>` : html`${tags}${more}`}</td>
<td class="grow">${appliedRulePriority}<p class="same">${plain(sentence, SENTENCE)}</p></td><td class="num wide">${time(imagePushedAt * 1000)}</td></tr>`
}
