import type { Told } from '../errors.ts'
import { html } from '../html.ts'
import { plain } from '../parts/text.ts'
import type { Page } from './layout.ts'

/** The page of an error, with ways to go on. */
export const problemPage = ({ title, text, ways }: Told): Page => ({
  title,
  body: html`<div class="told"><h1>${title}</h1><p class="quiet">${plain(text, 500)}</p>
${ways.length > 0 && html`<ul>${ways.map(({ path, name }) => html`<li><a href="${path}">${name}</a></li>`)}</ul>`}</div>`,
})
