import { type Digest, digestOf } from '../../../domain/digest.ts'
import { LruCache } from '../../../domain/lru-cache.ts'
import { Places } from '../../../registry/places.ts'
import { Html, html } from '../html.ts'

/** Makes the markup of a stranger's text. Ids in it begin with `prefix`. */
export type RenderMarkdown = (text: string, prefix: string) => Promise<Html>

/** Makes the markup of a text; undefined where that takes too long or too much. */
export type MakeMarkup = (text: string, prefix: string) => Promise<string | undefined>

/** The most characters of a text. A longer one is shown by its beginning: the API takes 25,600 characters. */
const TEXT_LIMIT = 30_000
/**
 * The most bytes of markup: a table of a few kilobytes can grow to gigabytes of cells. A page has two texts, and 100
 * KB.
 */
const MARKUP_LIMIT = 40_000
const CACHE_BYTES = 8 * 1024 * 1024
/** Milliseconds after which a text is tried again: a busy machine may have been the reason. */
const TRY_AGAIN_MS = 10 * 60 * 1000

/** Milliseconds that a page waits for a text, others' before it included. */
const PATIENCE_MS = 5_000

interface Kept {
  readonly markup: string
  /** Milliseconds of `performance.now()` until which the entry counts. */
  readonly goodUntil: number
}

/** Renders each text once. A text of which `make` makes nothing is shown as it was written. */
export function createRenderMarkdown(make: MakeMarkup, patienceMs = PATIENCE_MS): RenderMarkdown {
  const cache = new LruCache<Digest, Kept>(CACHE_BYTES, ({ markup }) => 2 * markup.length)
  const find = (key: Digest) => {
    const kept = cache.get(key)
    return kept !== undefined && performance.now() < kept.goodUntil ? kept.markup : undefined
  }
  // The same text may be asked for by many at once: they wait for the one that is at it.
  const places = new Places(1)
  return async (whole, prefix) => {
    const text = whole.slice(0, TEXT_LIMIT)
    const key = digestOf(`${prefix}\n${text}`)
    const known = find(key)
    if (known !== undefined) return Html.trusted(known)
    const made = places.use(async () => {
      const markup = find(key) ?? (await make(text, prefix))
      const isGood = markup !== undefined && Buffer.byteLength(markup) <= MARKUP_LIMIT
      const goodUntil = performance.now() + (isGood ? Number.POSITIVE_INFINITY : TRY_AGAIN_MS)
      const shown = isGood ? markup : asWritten(text)
      cache.set(key, { markup: shown, goodUntil })
      return shown
    })
    return Html.trusted(await orAfter(made, patienceMs, () => asWritten(text)))
  }
}

/** A text that is not made in time is made all the same, for whoever asks next. */
async function orAfter(made: Promise<string>, ms: number, instead: () => string): Promise<string> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<string>(resolve => {
    timer = setTimeout(() => resolve(instead()), ms)
  })
  try {
    return await Promise.race([made, late])
  } finally {
    clearTimeout(timer)
  }
}

/** The text itself, as far as it fits: marks take up to six characters in a page. */
function asWritten(text: string): string {
  const fits = (length: number) => Buffer.byteLength(html`${text.slice(0, length)}`.toString()) <= MARKUP_LIMIT
  let length = text.length
  while (!fits(length)) length = Math.floor(length / 2)
  const shown = length < text.length ? `${text.slice(0, length)}…` : text
  return html`<pre class="written" tabindex="0">${shown}</pre>`.toString()
}
