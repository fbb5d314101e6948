import { type Html, html } from '../html.ts'

interface Field {
  readonly name: string
  readonly label: string
  readonly value: string
  readonly hint?: Html | string | undefined
}

const hintOf = ({ name, hint }: Field): Html | undefined =>
  hint === undefined ? undefined : html`<p class="quiet small" id="${name}-hint">${hint}</p>`
const describedBy = ({ name, hint }: Field): Html | undefined =>
  hint === undefined ? undefined : html` aria-describedby="${name}-hint"`

/** A text of many lines. Where it shall read as code, no spelling is checked in it. */
export const textArea = (field: Field, { rows = 6, isCode = false, limit = 25_600 } = {}): Html =>
  html`<div class="field"><label for="${field.name}">${field.label}</label>${hintOf(field)}
<textarea id="${field.name}" name="${field.name}" rows="${rows}" maxlength="${limit}"${isCode && html` class="code" spellcheck="false" autocapitalize="off"`}${describedBy(field)}>
${field.value}</textarea></div>`

export const textField = (field: Field, { limit = 200, kind = 'text' as 'text' | 'number' | 'search' } = {}): Html =>
  html`<div class="field"><label for="${field.name}">${field.label}</label>${hintOf(field)}
<input id="${field.name}" type="${kind}" name="${field.name}" value="${field.value}" maxlength="${limit}" autocomplete="off"${describedBy(field)}></div>`

/** Boxes to tick, of which any number may be. */
export const boxes = (name: string, label: string, all: readonly string[], ticked: ReadonlySet<string>): Html =>
  html`<fieldset class="field"><legend>${label}</legend>${all.map(
    each =>
      html`<label class="box"><input type="checkbox" name="${name}" value="${each}"${ticked.has(each) && html` checked`}> ${each}</label>`,
  )}</fieldset>`

/** What was typed, a line each, without blanks around and lines of nothing. */
export const linesOf = (text: string): string[] =>
  text
    .split('\n')
    .map(line => line.trim())
    .filter(line => line !== '')

/** What is wrong with the days in the bin as they were typed. Nothing is for a number of days, and for no text. */
export const refusalOfDays = (typed: string): { readonly refusal: string } | undefined =>
  /^\d{0,4}$/.test(typed) ? undefined : { refusal: 'The days in the bin are a whole number from 0 to 3650.' }

export const refusalNotice = (refusal: string | undefined): Html | undefined =>
  refusal === undefined
    ? undefined
    : html`<p class="notice go" role="alert">Nothing was saved. ${refusal.slice(0, 2_000)}</p>`

const DONE: Readonly<Record<string, string>> = {
  saved: 'Saved.',
  removed: 'Removed.',
}

/** What the form before has done, by a word in the query. */
export function doneNotice(query: URLSearchParams): Html | undefined {
  const word = query.get('done') ?? ''
  const text = Object.hasOwn(DONE, word) ? DONE[word] : undefined
  return text === undefined ? undefined : html`<p class="notice ok" role="status">${text}</p>`
}
