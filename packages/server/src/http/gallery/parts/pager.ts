import { type Html, html } from '../html.ts'

/** Links to the next page of a list, and back to the first. */
export function pager(paths: { first: string | undefined; next: string | undefined }): Html | undefined {
  if (paths.first === undefined && paths.next === undefined) return undefined
  return html`<nav class="pages" aria-label="Pages">${paths.first !== undefined && html`<a class="button" href="${paths.first}">First page</a>`}${paths.next !== undefined && html`<a class="button" rel="next" href="${paths.next}">Next page</a>`}</nav>`
}
