import type { ShownRepository } from '../../../ports/rows/gallery/shown-repositories.ts'
import { pathOf } from '../href.ts'
import { type Html, html } from '../html.ts'
import { logoOf } from './logo.ts'
import { count, free, plain, time } from './text.ts'

const NAME_LIMIT = 100

export const VERIFIED = html`<span class="badge ok"><span aria-hidden="true">✓</span> verified</span>`

/** The publisher of a repository, with the badge. */
export const byPublisher = ({
  alias,
  displayName,
  verified,
}: Pick<ShownRepository, 'alias' | 'displayName' | 'verified'>): Html =>
  html`by <a href="${pathOf.publisher(alias)}">${free(displayName || alias, NAME_LIMIT)}</a>${verified ? html` ${VERIFIED}` : ''}`

export const descriptionOf = ({ catalogData }: ShownRepository): string => plain(catalogData?.description ?? '', 1_024)

/** `pulls` are those of the last 30 days, where they are shown. */
type Carded = ShownRepository & { readonly pulls?: number | undefined }

/** Repositories as a grid of cards. */
export function cards(repositories: readonly Carded[], options: { withPublisher: boolean }): Html {
  return html`<ul class="cards">${repositories.map(each => card(each, options))}</ul>`
}

function card(repository: Carded, { withPublisher }: { withPublisher: boolean }): Html {
  const { name, imageCount, lastPushedAt, pulls = 0 } = repository
  const description = descriptionOf(repository)
  return html`<li class="card">${logoOf(repository, 44)}
<h2><a href="${pathOf.repository(repository)}">${name}</a></h2>
${withPublisher && html`<p class="by">${byPublisher(repository)}</p>`}
${description !== '' && html`<p class="about"><bdi>${description}</bdi></p>`}
<p class="meta">${count(imageCount, 'image')}${lastPushedAt !== undefined && html` · pushed ${time(lastPushedAt)}`}${pulls > 0 && ` · ${count(pulls, 'pull')} in 30 days`}</p></li>`
}

/** The head that all pages of a repository have. */
export function repositoryHead(repository: ShownRepository, current: 'about' | 'tags' | 'image' | 'history'): Html {
  const description = descriptionOf(repository)
  const tab = (kind: typeof current, path: string, name: string) =>
    html`<a href="${path}"${kind === current && html` aria-current="page"`}>${name}</a>`
  return html`<div class="head">${logoOf(repository, 64)}<div>
<h1>${repository.name}</h1>
<p class="by">${byPublisher(repository)}</p></div></div>
${description !== '' && html`<p class="lead"><bdi>${description}</bdi></p>`}
<nav class="tabs" aria-label="Repository">${tab('about', pathOf.repository(repository), 'About')}${tab('tags', pathOf.tags(repository), 'Tags')}</nav>`
}
