import { assetPath, ICON, SCRIPT, STYLE } from '../assets/assets.ts'
import { MARK_SVG } from '../assets/mark.ts'
import { jsonPathOf, pathOf } from '../href.ts'
import { Html, html } from '../html.ts'

export type Theme = 'auto' | 'light' | 'dark'
export const THEMES: readonly Theme[] = ['auto', 'light', 'dark']

/** What a page is made for. */
export interface PageContext {
  /** The host that image URIs begin with. */
  readonly registryHost: string
  /** The server's lasting URL; undefined where it is not configured. */
  readonly publicUrl: string | undefined
  readonly theme: Theme
  /** The path of this request, with its query. */
  readonly url: string
  /** Whether search engines may list the page. */
  readonly isIndexed?: boolean
  /** Whether the browser says that it has signed in. It gives no right, and shows a link. */
  readonly mayBeSignedIn: boolean
  /** Who is signed in, on pages for that user alone. */
  readonly signedIn?: { readonly userName: string; readonly formToken: string } | undefined
}

/** One page: what is in its head, and its body. */
export interface Page {
  readonly title: string
  readonly description?: string | undefined
  /** The page's path by primary names; undefined for a page without one, such as an error. */
  readonly path?: string | undefined
  readonly body: Html
}

const MARK = Html.trusted(MARK_SVG)
/** Finds repositories, and leads from what people have in their clipboards to its page. */
const OPEN = html`<form class="open" method="get" action="/-/search" role="search" aria-label="Search"><input type="search" name="q" aria-label="Words, the name of an image, its digest, or the command that pulls it" placeholder="Search, or paste docker pull …" maxlength="500" autocomplete="off" spellcheck="false"><button type="submit">Search</button></form>`
const DESCRIPTION_LIMIT = 300

/** The page as a whole HTML document. */
export function layout(page: Page, context: PageContext): string {
  const { theme, isIndexed = false } = context
  return html`<!doctype html>
<html lang="en"${theme !== 'auto' && html` data-theme="${theme}"`}>
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${page.title} · berth</title>
${
  !isIndexed &&
  html`<meta name="robots" content="noindex">
`
}${linksOf(page, context)}<link rel="icon" href="${assetPath(ICON)}" type="image/svg+xml">
<link rel="stylesheet" href="${assetPath(STYLE)}">
<script type="module" src="${assetPath(SCRIPT)}"></script>
</head>
<body>
<a class="skip" href="#main">Skip to the content</a>
<header class="bar"><div class="wrap"><a class="mark" href="/">${MARK}berth</a>${OPEN}${account(context)}</div></header>
<main class="wrap" id="main">
${page.body}
</main>
<footer class="foot"><div class="wrap"><span>A public registry. Anyone can pull.</span>${page.path !== undefined && html`<a href="${jsonPathOf(context.url)}">This page as JSON</a>`}${themes(context)}</div></footer>
<div id="status" class="unseen" role="status"></div>
</body>
</html>
`.toString()
}

/** A link that others may keep is told only where the server's address is known for good. */
function linksOf({ title, description, path }: Page, { publicUrl }: PageContext): Html {
  const summary = description !== undefined && description !== '' ? description.slice(0, DESCRIPTION_LIMIT) : undefined
  const about =
    summary !== undefined &&
    html`<meta name="description" content="${summary}">
`
  if (publicUrl === undefined || path === undefined) return html`${about}`
  const url = `${publicUrl}${path}`
  return html`${about}<link rel="canonical" href="${url}">
<meta property="og:type" content="website">
<meta property="og:site_name" content="berth">
<meta property="og:title" content="${title}">
<meta property="og:url" content="${url}">
${
  summary !== undefined &&
  html`<meta property="og:description" content="${summary}">
`
}`
}

/** The way to the desk, and out of it. */
function account({ mayBeSignedIn, signedIn }: PageContext): Html {
  if (signedIn === undefined) {
    const [path, name] = mayBeSignedIn ? [pathOf.manage(), 'Manage'] : [pathOf.signIn(), 'Sign in']
    return html`<nav class="account" aria-label="Account"><a href="${path}">${name}</a></nav>`
  }
  const { userName, formToken } = signedIn
  return html`<nav class="account" aria-label="Account"><a href="${pathOf.manage()}">Manage</a><form method="post" action="${pathOf.signOut()}"><input type="hidden" name="form-token" value="${formToken}"><button type="submit" title="Signed in as ${userName}">Sign out</button></form></nav>`
}

const NAMES: Readonly<Record<Theme, string>> = { auto: 'Auto', light: 'Light', dark: 'Dark' }

function themes({ theme, url }: PageContext): Html {
  const back = new URLSearchParams({ back: url })
  return html`<form method="post" action="/-/theme/auto?${back.toString()}" aria-label="Colours">${THEMES.map(
    each =>
      html`<button type="submit" formaction="/-/theme/${each}?${back.toString()}" aria-pressed="${each === theme ? 'true' : 'false'}">${NAMES[each]}</button>`,
  )}</form>`
}
