import { GalleryError } from '../../domain/problem.ts'
import type { MemoryShare } from '../../ports/memory.ts'
import { listSitemaps, readSitemap, type SitemapEntry } from '../../registry/gallery/sitemap.ts'
import type { GalleryParts } from './answer-target.ts'
import { pathOf } from './href.ts'
import { type Html, html } from './html.ts'
import type { Target, TargetKind } from './parse-path.ts'
import type { Answer } from './respond.ts'

export type CrawlerTarget = Extract<Target, { kind: 'robots' | 'sitemap' }>

export interface CrawlerOptions {
  /** The server's lasting URL, without a path; undefined where it is not configured. */
  readonly publicUrl: string | undefined
  /** Whether search engines may list the pages. */
  readonly indexing: boolean
}

/** The pages that search engines may list: each has one address, and there are as many as there are images. */
export const INDEXED: ReadonlySet<TargetKind> = new Set(['home', 'publisher', 'repository', 'tags', 'image', 'history'])

/** The paths that lead crawlers on without an end, or to nothing for them (RFC 9309, section 2.2.2). */
const DISALLOWED = [
  '/v2/',
  '/-/search',
  '/-/open',
  '/-/signin',
  '/-/signout',
  '/-/manage',
  '/-/theme/',
  '/*/-/json',
  '/-/json',
  '/*?*q=',
  '/*?*sort=',
]

const SITEMAPS = 'http://www.sitemaps.org/schemas/sitemap/0.9'

/** Whether a target is for crawlers alone. */
export const isForCrawlers = (target: Target): target is CrawlerTarget =>
  target.kind === 'robots' || target.kind === 'sitemap'

/** @throws GalleryError `pageUnknown`; RegistryError `unavailable` */
export async function answerCrawler(
  { services, reader }: GalleryParts,
  { publicUrl, indexing }: CrawlerOptions,
  { target, path, share }: { readonly target: CrawlerTarget; readonly path: string; readonly share: MemoryShare },
): Promise<Answer> {
  if (target.kind === 'robots')
    return { status: 200, mediaType: 'text/plain; charset=utf-8', text: robots(publicUrl, indexing) }
  // Addresses that others keep are told only where they are known for good.
  if (publicUrl === undefined) throw new GalleryError({ kind: 'pageUnknown', path })
  const files = target.file === undefined ? await listSitemaps(services) : [target.file]
  const [file = 1] = files
  if (files.length > 1) return xml(index(files, publicUrl))
  const entries = await readSitemap(services, reader, file, share)
  if (entries.length === 0) throw new GalleryError({ kind: 'pageUnknown', path })
  return xml(urls(entries, publicUrl))
}

function robots(publicUrl: string | undefined, indexing: boolean): string {
  const lines = ['User-agent: *', ...DISALLOWED.map(path => `Disallow: ${path}`)]
  if (!indexing) lines.unshift('# The pages say noindex. Only a crawler that may read one hears of it.')
  else if (publicUrl !== undefined) lines.push('', `Sitemap: ${publicUrl}${pathOf.sitemap()}`)
  return `${lines.join('\n')}\n`
}

const xml = (body: Html): Answer => ({
  status: 200,
  mediaType: 'application/xml',
  text: `<?xml version="1.0" encoding="UTF-8"?>\n${body.toString()}\n`,
})

const index = (files: readonly number[], publicUrl: string): Html =>
  html`<sitemapindex xmlns="${SITEMAPS}">${files.map(
    file => html`
<sitemap><loc>${publicUrl}${pathOf.sitemap(file)}</loc></sitemap>`,
  )}
</sitemapindex>`

const urls = (entries: readonly SitemapEntry[], publicUrl: string): Html =>
  html`<urlset xmlns="${SITEMAPS}">${entries.map(
    ({ page, lastPushedAt }) => html`
<url><loc>${publicUrl}${page === 'home' ? pathOf.home() : pathOf.pasted(page)}</loc>${
      lastPushedAt !== undefined && html`<lastmod>${new Date(lastPushedAt).toISOString()}</lastmod>`
    }</url>`,
  )}
</urlset>`
