import type { ManifestFacts } from '../../../registry/gallery/image-facts.ts'
import type { Child, ImageView } from '../../../registry/gallery/show-image.ts'
import { pathOf } from '../href.ts'
import { type Html, html } from '../html.ts'
import { chip } from './digest.ts'
import { rest } from './named-table.ts'
import { bytes, free, time } from './text.ts'

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
  return html`<section aria-labelledby="platforms"><h2 id="platforms">Platforms</h2><div class="frame" tabindex="0" role="region" aria-label="Platforms"><table>
<thead><tr><th scope="col">Platform</th><th scope="col">Digest</th><th scope="col" class="num">Size</th></tr></thead>
<tbody>${images.map(child => [
    line(child, 'image'),
    ...(attestations.get(child.descriptor.digest) ?? []).map(each => line(each, 'attestation')),
  ])}${loose.map(child => line(child, 'attestation'))}</tbody></table></div>${rest(manifest.children)}${images.length === 0 && html`<p class="quiet">It lists no image.</p>`}</section>`
}

export function layerTable({ layers }: ManifestFacts): Html {
  return html`<section aria-labelledby="layers"><h2 id="layers">Layers</h2><div class="frame" tabindex="0" role="region" aria-label="Layers"><table>
<thead><tr><th scope="col" class="num">#</th><th scope="col">Digest</th><th scope="col" class="wide">Media type</th><th scope="col" class="num">Size</th></tr></thead>
<tbody>${layers.items.map(
    ({ digest, mediaType, sizeBytes }, at) =>
      html`<tr><td class="num quiet">${at + 1}</td><td>${chip(digest)}</td><td class="wide quiet small">${free(mediaType, 120)}</td><td class="num">${bytes(sizeBytes)}</td></tr>`,
  )}</tbody></table></div>${rest(layers)}</section>`
}

/** What belongs to an image: signatures, SBOMs, attestations. An empty table does not prove that there is nothing. */
export function referrerTable({ repository, referrers, hasMoreReferrers, attachedTags }: ImageView): Html {
  const isEmpty = referrers.length === 0 && attachedTags.length === 0
  const rows = [
    ...referrers.map(
      ({ digest, artifactType, sizeBytes, pushedAt }) =>
        html`<tr><td>${free(artifactType ?? 'no type', 120)}</td><td>${chip(digest, pathOf.image(repository, digest))}</td><td class="num">${bytes(sizeBytes)}</td><td class="num wide">${time(pushedAt)}</td></tr>`,
    ),
    ...attachedTags.map(
      tag =>
        html`<tr><td colspan="4">by tag: <a class="tag" href="${pathOf.image(repository, tag)}">${tag}</a></td></tr>`,
    ),
  ]
  return html`<section aria-labelledby="referrers"><h2 id="referrers">Signatures, SBOMs and what else belongs to it</h2>${
    isEmpty
      ? html`<p class="quiet">None stored here.</p>`
      : html`<div class="frame" tabindex="0" role="region" aria-label="What belongs to it"><table>
<thead><tr><th scope="col">Type</th><th scope="col">Digest</th><th scope="col" class="num">Size</th><th scope="col" class="num wide">Pushed</th></tr></thead>
<tbody>${rows}</tbody></table></div>`
  }${hasMoreReferrers && html`<p class="quiet small">and there may be more</p>`}</section>`
}
