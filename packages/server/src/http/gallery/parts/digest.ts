import { createHash } from 'node:crypto'
import { type Html, html } from '../html.ts'

/** How many colors a strip has, and how many characters of a digest stand beside it. */
const COLORS = 5
const CHARACTERS = 12
const FIRST = 6

/** Five colors made of a text, so that the same looks the same at a glance. The text always stands beside them. */
function strip(text: string): Html {
  const hash = createHash('sha256').update(text).digest()
  const parts = Array.from({ length: COLORS }, (_, at) => {
    const [turn = 0, strong = 0, light = 0] = hash.subarray(at * 3)
    const color = `hsl(${Math.round((turn / 256) * 360)} ${38 + (strong % 28)}% ${44 + (light % 18)}%)`
    return html`<rect${at > 0 && html` x="${at * 6}"`} fill="${color}"/>`
  })
  return html`<svg class="strip" width="30" height="12" aria-hidden="true">${parts}</svg>`
}

/** A digest without its end, which a phone has no room for. */
function short(digest: string): Html {
  const hex = digest.slice(digest.indexOf(':') + 1)
  return html`<span>${hex.slice(0, FIRST)}<span class="wide">${hex.slice(FIRST, CHARACTERS)}</span></span>`
}

/** The beginning of a digest, as a link where there is a page to lead to. */
export function chip(digest: string, path?: string): Html {
  const inside = html`${strip(digest)}${short(digest)}`
  if (path === undefined) return html`<span class="chip" title="${digest}">${inside}</span>`
  return html`<a class="chip" href="${path}" title="${digest}">${inside}</a>`
}

/** A digest in full, to be copied. */
export const whole = (digest: string): Html => html`<span class="whole">${strip(digest)} ${digest}</span>`
