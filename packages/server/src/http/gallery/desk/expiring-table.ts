import type { ImagePath } from '../../../domain/image-path.ts'
import { pathOf } from '../href.ts'
import { type Html, html } from '../html.ts'
import { chip } from '../parts/digest.ts'
import { time } from '../parts/text.ts'
import { sentenceOfRule } from './rules-in-words.ts'

/** An image of a preview, as the API tells it. */
export interface Expiring {
  readonly imageDigest: string
  readonly imageTags?: readonly string[]
  /** In seconds since 1970. */
  readonly imagePushedAt: number
  readonly appliedRulePriority: number
}

/** Tags that a line names. */
const TAGS = 8

/** What a policy would take: the image, its tags, and the rule. */
export function expiringTable(path: ImagePath, images: readonly Expiring[], policyText: string): Html | undefined {
  if (images.length === 0) return undefined
  return html`<div class="frame" tabindex="0" role="region" aria-label="Images that would expire"><table>
<thead><tr><th scope="col">Image</th><th scope="col">Tags</th><th scope="col">Rule</th><th scope="col" class="num wide">Pushed</th></tr></thead>
<tbody>${images.map(each => line(path, each, policyText))}</tbody></table></div>`
}

function line(path: ImagePath, image: Expiring, policyText: string): Html {
  const { imageDigest, imageTags = [], imagePushedAt, appliedRulePriority } = image
  const more = imageTags.length > TAGS ? ` and ${imageTags.length - TAGS} more` : ''
  const tags = imageTags.slice(0, TAGS).map((tag, at) => html`${at > 0 && ', '}<span class="tag">${tag}</span>`)
  return html`<tr><td>${chip(imageDigest, pathOf.image(path, imageDigest))}</td><td class="grow">${imageTags.length === 0 ? html`<span class="quiet">untagged</span>` : html`${tags}${more}`}</td>
<td class="grow">${appliedRulePriority}<p class="same">${sentenceOfRule(policyText, appliedRulePriority)}</p></td><td class="num wide">${time(imagePushedAt * 1000)}</td></tr>`
}
