import { platformWord } from '../../../domain/search/platform-words.ts'
import type { SearchOrder } from '../../../ports/rows/gallery/search.ts'
import type { SearchRequest, SearchResults } from '../../../registry/gallery/search.ts'
import { pathOf } from '../href.ts'
import { type Html, html } from '../html.ts'
import { pager } from '../parts/pager.ts'
import { cards } from '../parts/repository.ts'
import { count, plain } from '../parts/text.ts'
import type { Page } from './layout.ts'

/** The orders that a person may choose. */
const ORDERS: Readonly<Record<SearchOrder, string>> = {
  best: 'Best match',
  pulls: 'Most pulled',
  pushed: 'Recently pushed',
  name: 'Name',
}

/** A value, and its name for people. */
type Choice = readonly [string, string]

/** What may be chosen, by the names of the Image Specification. Others may stand in an address. */
const SYSTEMS: readonly Choice[] = [
  ['linux', 'Linux'],
  ['windows', 'Windows'],
  ['freebsd', 'FreeBSD'],
]
const ARCHITECTURES: readonly Choice[] = [
  ['amd64', 'x86-64 (amd64)'],
  ['arm64', 'ARM 64 (arm64)'],
  ['arm', 'ARM (arm)'],
  ['386', 'x86 (386)'],
  ['ppc64le', 'POWER (ppc64le)'],
  ['riscv64', 'RISC-V (riscv64)'],
  ['s390x', 'IBM Z (s390x)'],
]

/** The most characters that are read: nobody types more. */
const TEXT_LIMIT = 500
/** The most results that a search has. */
const AFTER_LIMIT = 1_000

/** Reads a search out of a page's query. What is not known there is left out. */
export function readSearch(query: URLSearchParams): SearchRequest {
  const one = (name: string, known: readonly string[]) => known.find(each => each === query.get(name))
  const after = Number(/^\d{1,4}$/.exec(query.get('after') ?? '')?.[0] ?? 0)
  return {
    text: (query.get('q') ?? '').slice(0, TEXT_LIMIT),
    order: (one('sort', Object.keys(ORDERS)) as SearchOrder | undefined) ?? 'best',
    after: Math.min(after, AFTER_LIMIT),
    isVerified: query.get('verified') === 'true',
    operatingSystem: platformWord(query.get('os') ?? '') || undefined,
    architecture: platformWord(query.get('arch') ?? '') || undefined,
  }
}

export function searchPage(found: SearchResults, request: SearchRequest): Page {
  const { text, after } = request
  const shown = plain(text.trim(), 100)
  const here = (from: number | undefined) => pathOf.search(queryOf(request, from))
  const paths = {
    first: after === 0 ? undefined : here(undefined),
    next: found.next === undefined ? undefined : here(found.next),
  }
  const more = found.isCut ? 'More than ' : ''
  return {
    title: shown === '' ? 'Search' : `${shown} · Search`,
    path: here(undefined),
    body: html`<h1>${shown === '' ? 'All repositories' : html`Results for <bdi>${shown}</bdi>`}</h1>
${tools(request)}
${
  found.items.length === 0
    ? empty(request)
    : html`<p class="quiet">${more}${count(found.total, 'repository', 'repositories')}</p>${cards(found.items, { withPublisher: true })}`
}
${pager(paths)}`,
  }
}

const queryOf = ({ text, order, isVerified, operatingSystem, architecture }: SearchRequest, after?: number) => ({
  q: text,
  verified: isVerified ? 'true' : undefined,
  os: operatingSystem,
  arch: architecture,
  sort: order === 'best' ? undefined : order,
  after: after === undefined ? undefined : String(after),
})

function tools({ text, order, isVerified, operatingSystem, architecture }: SearchRequest): Html {
  const options = (chosen: string | undefined, all: readonly Choice[]) =>
    all.map(([value, name]) => html`<option value="${value}"${value === chosen && html` selected`}>${name}</option>`)
  const platforms = (chosen: string | undefined, known: readonly Choice[]) => {
    const isKnown = chosen === undefined || known.some(([value]) => value === chosen)
    return options(chosen, [['', 'Any'], ...known, ...(isKnown ? [] : [[chosen, chosen] as const])])
  }
  return html`<form class="filters" method="get" action="/-/search" aria-label="Narrow the results">
<input type="hidden" name="q" value="${text}">
<label class="box"><input type="checkbox" name="verified" value="true"${isVerified && html` checked`}> Verified publishers</label>
<label>System <select name="os">${platforms(operatingSystem, SYSTEMS)}</select></label>
<label>Architecture <select name="arch">${platforms(architecture, ARCHITECTURES)}</select></label>
<label>Sorted by <select name="sort">${options(order, Object.entries(ORDERS))}</select></label>
<button type="submit">Apply</button></form>`
}

function empty({ text, isVerified, operatingSystem, architecture }: SearchRequest): Html {
  const isNarrowed = isVerified || operatingSystem !== undefined || architecture !== undefined
  return html`<div class="empty"><p>Nothing here fits${text.trim() !== '' && html` <code>${plain(text.trim(), 100)}</code>`}.</p>
<p>Try fewer words, or the beginning of a name: all words must be there. The whole command that pulls an image, or its digest, leads straight to it.</p>
${isNarrowed && html`<p><a href="${pathOf.search({ q: text })}">Search without filters</a></p>`}
<p><a href="${pathOf.search()}">All repositories</a></p></div>`
}
