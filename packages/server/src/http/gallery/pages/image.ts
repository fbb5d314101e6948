import { manifestKind } from '../../../domain/manifest/media-types.ts'
import { platformName } from '../../../registry/gallery/image-facts.ts'
import type { ImageView } from '../../../registry/gallery/show-image.ts'
import { pathOf } from '../href.ts'
import { type Html, html } from '../html.ts'
import { configSection } from '../parts/config.ts'
import { chip, whole } from '../parts/digest.ts'
import { historyTable } from '../parts/history.ts'
import { childTable, layerTable, referrerTable } from '../parts/image-tables.ts'
import { namedTable } from '../parts/named-table.ts'
import { pullCommands } from '../parts/pull.ts'
import { repositoryHead } from '../parts/repository.ts'
import { bytes, free, plain, time } from '../parts/text.ts'
import type { Page, PageContext } from './layout.ts'

const KINDS = {
  image: 'Image',
  index: 'Index of images',
  schema1: 'Image of Docker’s first schema',
  other: 'Manifest of a type that berth does not read',
} as const

export function imagePage(view: ImageView, { registryHost }: PageContext): Page {
  const { repository, reference, image, manifest } = view
  const name = 'tag' in reference ? reference.tag : chipText(image.digest)
  const tag = 'tag' in reference ? reference.tag : view.tags[0]
  return {
    title: `${repository.alias}/${repository.name}${'tag' in reference ? ':' : '@'}${name}`,
    path: pathOf.image(repository, 'tag' in reference ? reference.tag : image.digest),
    body: html`${repositoryHead(repository, 'image')}
<div class="split"><div class="stack">
<section aria-labelledby="image"><h2 id="image"><span class="tag">${name}</span></h2>
<p>${whole(image.digest)}</p>${memberships(view)}</section>
${manifest.kind === 'index' && childTable(view)}
${manifest.layers.items.length > 0 && layerTable(manifest)}
${view.config !== undefined && configSection(view.config, manifest.config)}
${manifest.annotations.total > 0 && namedTable('Annotations', 'annotations', manifest.annotations)}
${referrerTable(view)}
${history(view)}
</div><aside>${pullCommands(registryHost, repository, { tag, digest: image.digest })}${facts(view)}</aside></div>`,
  }
}

/** Where the tag led, as far as that is kept. */
function history({ repository, reference, history: known }: ImageView): Html | undefined {
  if (known === undefined || !('tag' in reference) || known.moves.items.length === 0) return undefined
  const all = known.moves.next !== undefined
  return html`<section aria-labelledby="moves"><h2 id="moves">Where this tag led</h2>${historyTable(repository, known)}${all && html`<p class="pages"><a href="${pathOf.history(repository, reference.tag)}">All moves</a></p>`}</section>`
}

const chipText = (digest: string) => digest.slice(digest.indexOf(':') + 1).slice(0, 12)

/** Other tags of the image, the indexes that list it, and what it belongs to. */
function memberships({ repository, reference, tags, tagCount, parents, image }: ImageView): Html {
  const others = tags.filter(tag => !('tag' in reference) || tag !== reference.tag)
  const more = tagCount - tags.length
  const links = others.map((tag, at) => html`${at > 0 && ', '}<a href="${pathOf.image(repository, tag)}">${tag}</a>`)
  return html`${others.length > 0 && html`<p class="same">Also tagged ${links}${more > 0 && ` and ${more} more`}</p>`}${
    parents.length > 0 &&
    html`<p class="same">Part of ${parents.map(parent => html`${chip(parent, pathOf.image(repository, parent))} `)}</p>`
  }${image.subject !== undefined && html`<p class="same">Belongs to ${chip(image.subject, pathOf.image(repository, image.subject))}</p>`}`
}

function facts({ image, manifest, config, children, pulls }: ImageView): Html {
  const rows: [string, Html | string][] = [['Kind', KINDS[manifestKind(image.mediaType)]]]
  const platform = typeof config === 'object' ? config.platform : undefined
  if (platform !== undefined) rows.push(['Platform', free(platformName(platform), 60)])
  if (platform?.osVersion !== undefined) rows.push(['Version of it', free(platform.osVersion, 40)])
  if (manifest.kind === 'index') {
    const platforms = children.filter(({ descriptor }) => descriptor.attestationOf === undefined).length
    rows.push(['Images in it', String(platforms)])
  }
  rows.push([manifest.kind === 'index' ? 'Largest of them' : 'Size', bytes(image.imageSizeBytes)])
  rows.push(['Pushed', time(image.pushedAt)])
  if (pulls !== undefined) rows.push(['Last pulled', pulls.lastAt === undefined ? 'not yet' : time(pulls.lastAt)])
  if (pulls?.count !== undefined) rows.push(['Pulls, 90 days', pulls.count.toLocaleString('en')])
  if (image.artifactType !== undefined && image.artifactType !== image.configMediaType)
    rows.push(['Artifact type', free(image.artifactType, 120)])
  rows.push(['Media type', plain(image.mediaType, 120)])
  return html`<section aria-labelledby="facts"><h2 id="facts">Facts</h2><dl class="facts">${rows.map(
    ([name, value]) => html`<dt>${name}</dt><dd>${value}</dd>`,
  )}</dl></section>`
}
