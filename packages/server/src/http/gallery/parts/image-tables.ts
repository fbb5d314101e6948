import { attachedKind, type ReferrerKind } from '../../../domain/manifest/referrer-kind.ts'
import type { ManifestFacts } from '../../../registry/gallery/image-facts.ts'
import type { Child, ImageView } from '../../../registry/gallery/show-image.ts'
import { pathOf } from '../href.ts'
import { type Html, html } from '../html.ts'
import { chip } from './digest.ts'
import { fitting } from './fitting.ts'
import { rest } from './named-table.ts'
import { bytes, free, time } from './text.ts'

/** Bytes of the page that each table may take. */
const SHARES = { children: 40_000, layers: 20_000, referrers: 4_000 }

/** The images of an index, each with the attestations that are about it. */
export function childTable({ repository, children, manifest }: ImageView): Html {
  const attestations = new Map<string, Child[]>()
  for (const child of children) {
    const { attestationOf } = child.descriptor
    if (attestationOf !== undefined)
      attestations.set(attestationOf, [...(attestations.get(attestationOf) ?? []), child])
  }
  const images = children.filter(({ descriptor }) => descriptor.attestationOf === undefined)
  const named = new Set(images.map(({ descriptor }) => descriptor.digest))
  const loose = [...attestations].filter(([digest]) => !named.has(digest)).flatMap(([, some]) => some)
  const line = ({ descriptor, row, platform }: Child, kind: 'image' | 'attestation'): Html => {
    const { digest, mediaType, artifactType } = descriptor
    const what = platform ?? artifactType ?? mediaType
    const path = row && pathOf.image(repository, row.digest)
    return html`<tr${kind === 'attestation' && html` class="child"`}><td>${kind === 'attestation' ? 'attestation' : free(what, 80)}${row === undefined && html` <span class="badge">not here</span>`}</td><td>${chip(digest, path)}</td><td class="num">${row === undefined ? '' : bytes(row.imageSizeBytes)}</td></tr>`
  }
  const all = images.flatMap(child => [
    line(child, 'image'),
    ...(attestations.get(child.descriptor.digest) ?? []).map(each => line(each, 'attestation')),
  ])
  const lines = fitting([...all, ...loose.map(child => line(child, 'attestation'))], SHARES.children)
  return html`<section aria-labelledby="platforms"><h2 id="platforms">Platforms</h2><div class="frame" tabindex="0" role="region" aria-label="Platforms"><table>
<thead><tr><th scope="col">Platform</th><th scope="col">Digest</th><th scope="col" class="num">Size</th></tr></thead>
<tbody>${lines}</tbody></table></div>${rest({ items: lines, total: manifest.children.total })}${images.length === 0 && html`<p class="quiet">It lists no image.</p>`}</section>`
}

export function layerTable({ layers }: ManifestFacts): Html {
  const lines = fitting(
    layers.items.map(
      ({ digest, mediaType, sizeBytes }, at) =>
        html`<tr><td class="num quiet">${at + 1}</td><td>${chip(digest)}</td><td class="wide quiet small">${free(mediaType, 120)}</td><td class="num">${bytes(sizeBytes)}</td></tr>`,
    ),
    SHARES.layers,
  )
  return html`<section aria-labelledby="layers"><h2 id="layers">Layers</h2><div class="frame" tabindex="0" role="region" aria-label="Layers"><table>
<thead><tr><th scope="col" class="num">#</th><th scope="col">Digest</th><th scope="col" class="wide">Media type</th><th scope="col" class="num">Size</th></tr></thead>
<tbody>${lines}</tbody></table></div>${rest({ items: lines, total: layers.total })}</section>`
}

const KINDS: Readonly<Record<ReferrerKind, string>> = {
  signature: 'Signatures',
  sbom: 'SBOMs',
  attestation: 'Attestations',
  other: 'Other',
}

/**
 * What belongs to an image, by what it is. A kind of which nothing is here may be stored elsewhere: an empty list
 * proves nothing, and says so.
 */
export function referrerTable({ repository, referrers, hasMoreReferrers, attachedTags }: ImageView): Html {
  const rowsOf = (kind: ReferrerKind): Html[] => [
    ...referrers
      .filter(each => each.kind === kind)
      .map(
        ({ row: { digest, artifactType, sizeBytes, pushedAt } }) =>
          html`<tr class="child"><td>${free(artifactType ?? 'no type', 120)}</td><td>${chip(digest, pathOf.image(repository, digest))}</td><td class="num">${bytes(sizeBytes)}</td><td class="num wide">${time(pushedAt)}</td></tr>`,
      ),
    ...attachedTags
      .filter(tag => attachedKind(tag) === kind)
      .map(
        tag =>
          html`<tr class="child"><td colspan="4">by tag: <a class="tag" href="${pathOf.image(repository, tag)}">${tag}</a></td></tr>`,
      ),
  ]
  const group = (kind: ReferrerKind): Html | undefined => {
    const all = rowsOf(kind)
    if (all.length === 0 && kind === 'other') return undefined
    const rows = fitting(all, SHARES.referrers)
    const more = all.length - rows.length
    return html`<tbody><tr class="kind"><th scope="rowgroup" colspan="4">${KINDS[kind]}${all.length === 0 && html` <span class="quiet">none stored here</span>`}</th></tr>${rows}${more > 0 && html`<tr class="child"><td colspan="4" class="quiet">and ${more} more</td></tr>`}</tbody>`
  }
  return html`<section aria-labelledby="referrers"><h2 id="referrers">What belongs to it</h2><div class="frame" tabindex="0" role="region" aria-label="What belongs to it"><table>
<thead><tr><th scope="col">Type</th><th scope="col">Digest</th><th scope="col" class="num">Size</th><th scope="col" class="num wide">Pushed</th></tr></thead>
${(Object.keys(KINDS) as ReferrerKind[]).map(group)}</table></div>${hasMoreReferrers && html`<p class="quiet small">and there may be more</p>`}</section>`
}
