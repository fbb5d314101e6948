import type { PastedImage } from '../../../domain/pasted-image.ts'
import type { Told } from '../errors.ts'
import { pathOf } from '../href.ts'
import { html } from '../html.ts'
import { plain } from '../parts/text.ts'
import type { Page } from './layout.ts'

/** The page of an error, with what may have been meant, and ways to go on. */
export const problemPage = ({ title, text, ways }: Told, near: readonly PastedImage[] = []): Page => ({
  title,
  body: html`<div class="told"><h1>${title}</h1><p class="quiet">${plain(text, 500)}</p>
${near.length > 0 && html`<section aria-labelledby="near"><h2 id="near">${near.length === 1 ? 'Did you mean this?' : 'Did you mean one of these?'}</h2><ul class="near">${near.map(each => html`<li><a href="${pathOf.pasted(each)}">${nameOf(each)}</a></li>`)}</ul></section>`}
${ways.length > 0 && html`<ul class="ways">${ways.map(({ path, name }) => html`<li><a href="${path}">${name}</a></li>`)}</ul>`}</div>`,
})

const nameOf = ({ alias, name, reference }: PastedImage): string =>
  `${alias}${name === undefined ? '' : `/${name}`}${reference === undefined ? '' : `${reference.includes(':') ? '@' : ':'}${reference}`}`
