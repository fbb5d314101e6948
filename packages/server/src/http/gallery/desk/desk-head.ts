import type { ImagePath } from '../../../domain/image-path.ts'
import type { ControlCaller } from '../../access/control-caller.ts'
import { pathOf } from '../href.ts'
import { type Html, html } from '../html.ts'

/** The parts of the desk that its tabs lead to, by the names in their paths. */
const REGISTRY_TABS: readonly (readonly [part: string, name: string])[] = [
  ['', 'Repositories'],
  ['settings', 'Settings'],
  ['audit', 'Audit log'],
]

const REPOSITORY_TABS: readonly (readonly [part: string, name: string])[] = [
  ['', 'Overview'],
  ['images', 'Images'],
  ['bin', 'Bin'],
  ['catalog', 'Catalog data'],
  ['settings', 'Settings'],
  ['lifecycle', 'Lifecycle'],
  ['permissions', 'Permissions'],
]

/** The head of pages about the user's own registry. */
export function deskHead(caller: ControlCaller, alias: string, current: string): Html {
  return html`<h1>Your registry</h1>
<p class="lead"><code>${alias}</code> of account ${caller.accountId}, as ${caller.userName}</p>
${tabs('Registry', REGISTRY_TABS, current, part => pathOf.manage(part === '' ? undefined : part))}`
}

/** The head of pages about one repository. */
export function repositoryDeskHead(path: ImagePath, current: string): Html {
  return html`<p class="crumbs"><a href="${pathOf.manage()}">Your repositories</a></p><h1>${path.name}</h1>
<p class="lead"><code>${path.alias}/${path.name}</code> · <a href="${pathOf.repository(path)}">as others see it</a></p>
${tabs('Repository', REPOSITORY_TABS, current, part => pathOf.manageRepository(path, part === '' ? undefined : part))}`
}

function tabs(
  label: string,
  all: readonly (readonly [part: string, name: string])[],
  current: string,
  pathTo: (part: string) => string,
): Html {
  return html`<nav class="tabs" aria-label="${label}">${all.map(
    ([part, name]) => html`<a href="${pathTo(part)}"${part === current && html` aria-current="page"`}>${name}</a>`,
  )}</nav>`
}
