import { isRepositoryName } from '../../../domain/names.ts'
import type { RepositoryRow } from '../../../ports/rows/repositories/repositories.ts'
import { primaryAlias } from '../../../registry/repositories/registries.ts'
import { listRepositories } from '../../../registry/repositories/repositories.ts'
import { authorizeAllRepositories } from '../../access/control-policies.ts'
import { pathOf } from '../href.ts'
import { type Html, html } from '../html.ts'
import { pager } from '../parts/pager.ts'
import { bytes, count, time } from '../parts/text.ts'
import type { DeskAsked, DeskPart } from './desk.ts'
import { deskHead } from './desk-head.ts'

const PAGE_REPOSITORIES = 40
/** Rows come with their catalog data, of some 50,000 characters at most. */
const ROWS_BYTES = 40 * 100 * 1024

/** The repositories of the user's own registry: where the desk begins. */
export const repositories: DeskPart<DeskAsked> = {
  async get({ services: { context }, caller, query, share }) {
    const { metadata } = context
    authorizeAllRepositories(caller, 'DescribeRepositories', caller.accountId)
    share.hold(share.sizeBytes + ROWS_BYTES)
    const from = query.get('after') ?? ''
    const after = isRepositoryName(from) ? from : undefined
    const alias = await primaryAlias(metadata, caller.accountId)
    const { items, next } = await listRepositories(metadata, caller.accountId, { after, limit: PAGE_REPOSITORIES })
    const paths = {
      first: after === undefined ? undefined : pathOf.manage(),
      next: next && pathOf.manage(undefined, { after: next }),
    }
    return {
      page: {
        title: 'Your repositories',
        body: html`${deskHead(caller, alias, '')}
${items.length === 0 ? empty(after) : table(items, alias)}
${pager(paths)}`,
      },
    }
  },
}

function table(rows: readonly RepositoryRow[], alias: string): Html {
  return html`<div class="frame" tabindex="0" role="region" aria-label="Repositories"><table>
<thead><tr><th scope="col">Repository</th><th scope="col" class="num">Images</th><th scope="col" class="num">In the bin</th><th scope="col" class="num wide">Created</th></tr></thead>
<tbody>${rows.map(row => line(row, alias))}</tbody></table></div>`
}

function line({ name, imageCount, binCount, binBytes, createdAt, catalogData }: RepositoryRow, alias: string): Html {
  const path = pathOf.manageRepository({ alias, name } as Parameters<typeof pathOf.manageRepository>[0])
  const description = catalogData?.description ?? ''
  return html`<tr><th scope="row"><a class="tag" href="${path}">${name}</a>${description !== '' && html`<p class="same"><bdi>${description.slice(0, 200)}</bdi></p>`}</th>
<td class="num">${imageCount.toLocaleString('en')}</td><td class="num">${binCount === 0 ? '–' : `${count(binCount, 'image')}, ${bytes(binBytes)}`}</td><td class="num wide">${time(createdAt)}</td></tr>`
}

function empty(after: string | undefined): Html {
  if (after !== undefined) return html`<div class="empty"><p>There are no more.</p></div>`
  return html`<div class="empty"><p>Your registry has no repository yet. Make one, and push to it:</p>
<pre tabindex="0"><code>berth ecr-public create-repository --repository-name NAME</code></pre></div>`
}
