import type { RepositoryView } from '../../../registry/gallery/show-repository.ts'
import { pathOf } from '../href.ts'
import { type Html, html } from '../html.ts'
import type { RenderMarkdown } from '../markdown/render-markdown.ts'
import { pullCommands } from '../parts/pull.ts'
import { pullsSection } from '../parts/pulls.ts'
import { descriptionOf, repositoryHead } from '../parts/repository.ts'
import { tagTable } from '../parts/tag-table.ts'
import { bytes, plain, time } from '../parts/text.ts'
import type { Page, PageContext } from './layout.ts'

export async function repositoryPage(
  view: RepositoryView,
  render: RenderMarkdown,
  context: PageContext,
): Promise<Page> {
  const { repository, newest } = view
  const { aboutText = '', usageText = '' } = repository.catalogData ?? {}
  const about = aboutText !== '' && prose('About', 'about', await render(aboutText, 'about-'))
  const usage = usageText !== '' && prose('Usage', 'usage', await render(usageText, 'usage-'))
  return {
    title: `${repository.alias}/${repository.name}`,
    description: descriptionOf(repository),
    path: pathOf.repository(repository),
    body: html`${repositoryHead(repository, 'about')}
<div class="split"><div class="stack">
${newest.length > 0 && html`<section aria-labelledby="newest"><h2 id="newest">Newest tags</h2>${tagTable(repository, newest)}<p class="pages"><a href="${pathOf.tags(repository)}">All tags</a></p></section>`}
${about}${usage}
${newest.length === 0 && empty(view, context)}
${newest.length > 0 && about === false && usage === false && html`<p class="quiet">Its publisher has not described this repository yet.</p>`}
</div>${aside(view, context)}</div>`,
  }
}

const prose = (name: string, id: string, text: Html): Html =>
  html`<section aria-labelledby="${id}"><h2 id="${id}">${name}</h2><div class="prose">${text}</div></section>`

function empty({ repository }: RepositoryView, { registryHost }: PageContext): Html {
  const { alias, name, imageCount } = repository
  return html`<div class="empty"><p>${imageCount === 0 ? 'No image has been pushed here yet.' : 'No image here has a tag.'}</p>
<p><code>docker push ${registryHost}/${alias}/${name}:latest</code></p></div>`
}

function aside({ repository, main, platforms, pulls }: RepositoryView, { registryHost }: PageContext): Html {
  const { imageCount, lastPushedAt, createdAt, catalogData } = repository
  const said = [...(catalogData?.operatingSystems ?? []), ...(catalogData?.architectures ?? [])]
  const facts: [string, Html | string][] = [['Images', imageCount.toLocaleString('en')]]
  if (lastPushedAt !== undefined) facts.push(['Last pushed', time(lastPushedAt)])
  if (platforms.length > 0) facts.push(['Platforms', platforms.map(each => plain(each, 40)).join(', ')])
  if (main !== undefined) facts.push([`Size of ${plain(main.tag, 30)}`, bytes(main.image.imageSizeBytes)])
  if (said.length > 0)
    facts.push([
      'Made for',
      said
        .slice(0, 12)
        .map(each => plain(each, 40))
        .join(', '),
    ])
  facts.push(['Created', time(createdAt)])
  return html`<aside>${main !== undefined && pullCommands(registryHost, repository, { tag: main.tag, digest: main.image.digest })}
<section aria-labelledby="facts"><h2 id="facts">Facts</h2><dl class="facts">${facts.map(([name, value]) => html`<dt>${name}</dt><dd>${value}</dd>`)}</dl></section>${pulls !== undefined && pullsSection(pulls)}</aside>`
}
