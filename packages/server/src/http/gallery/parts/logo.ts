import { createHash } from 'node:crypto'
import type { ShownRepository } from '../../../ports/rows/gallery/shown-repositories.ts'
import { logoPath } from '../../logo-handler.ts'
import { type Html, html } from '../html.ts'

const LOGO_ID = /^[\w-]+\.\w+$/

/** A letter on a color of its own, for a repository without a logo. */
function letterOf(name: string, side: number): Html {
  const [turn = 0] = createHash('sha256').update(name).digest()
  const fill = `hsl(${Math.round((turn / 256) * 360)} 34% 38%)`
  const letter = (name.split('/').at(-1) ?? name).slice(0, 1).toUpperCase()
  return html`<svg class="logo" width="${side}" height="${side}" viewBox="0 0 64 64" aria-hidden="true"><rect width="64" height="64" rx="12" fill="${fill}"/><text x="32" y="43" text-anchor="middle" font-size="32" font-weight="600" font-family="system-ui, sans-serif" fill="#fff">${letter}</text></svg>`
}

/** The logo of a verified publisher's repository, as on ECR Public. Other repositories get a letter. */
export function logoOf({ verified, catalogData, name }: ShownRepository, side: number): Html {
  const logoId = catalogData?.logoId
  if (!verified || logoId === undefined || !LOGO_ID.test(logoId)) return letterOf(name, side)
  return html`<img class="logo" src="${logoPath(logoId)}" alt="" width="${side}" height="${side}" loading="lazy">`
}

export const publisherLogo = (alias: string, side: number): Html => letterOf(alias, side)
