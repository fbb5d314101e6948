import { isRepositoryName } from '../../../domain/names.ts'
import { AUDIT_ACTIONS } from '../../../registry/audit-action.ts'
import { primaryAlias } from '../../../registry/repositories/registries.ts'
import { pathOf } from '../href.ts'
import { type Html, html } from '../html.ts'
import { chip } from '../parts/digest.ts'
import { pager } from '../parts/pager.ts'
import { free, plain, time } from '../parts/text.ts'
import { callAs, type DeskAsked, type DeskPart } from './desk.ts'
import { deskHead } from './desk-head.ts'

const PAGE_RECORDS = 50
/** The characters of a record's detail that are shown: a page of them stays small. */
const DETAIL = 150

/** The page of what was done in the registry, the newest first. */
export const audit: DeskPart<DeskAsked> = {
  async get(asked) {
    const { services, caller, query } = asked
    const filter = filterOf(query)
    const { output } = await callAs(asked, caller, 'ListAuditRecords', inputOf(filter))
    const { auditRecords: records, nextToken } = output as unknown as AuditOutput
    const alias = await primaryAlias(services.context.metadata, caller.accountId)
    const here = (after: string | undefined) => pathOf.manage('audit', { ...filter, after })
    const paths = { first: filter.after && here(undefined), next: nextToken && here(nextToken) }
    return {
      page: {
        title: 'Audit log',
        body: html`${deskHead(caller, alias, 'audit')}${filterForm(filter)}
${records.length === 0 ? html`<div class="empty"><p>Nothing was done that this filter lets through.</p></div>` : table(records)}
${pager(paths)}`,
      },
    }
  },
}

interface AuditOutput {
  readonly auditRecords: readonly RecordText[]
  readonly nextToken?: string
}

/** A record as the API tells it. */
interface RecordText {
  /** In seconds since 1970. */
  readonly recordedAt: number
  readonly action: string
  readonly principal: string
  readonly sourceAddress?: string
  readonly via: string
  readonly repositoryName?: string
  readonly imageDigest?: string
  readonly imageTag?: string
  readonly detail?: string
}

type Filter = Readonly<Record<'repository' | 'action' | 'since' | 'until' | 'after', string | undefined>>

/** Reads the filter. A text of another form filters nothing, but for a name, which no record has then. */
function filterOf(query: URLSearchParams): Filter {
  const day = (name: string) => {
    const text = query.get(name) ?? ''
    return /^\d{4}-\d{2}-\d{2}$/.test(text) && !Number.isNaN(Date.parse(text)) ? text : undefined
  }
  const repository = (query.get('repository') ?? '').trim()
  const action = query.get('action') ?? ''
  return {
    repository: isRepositoryName(repository) ? repository : undefined,
    action: AUDIT_ACTIONS.some(each => each === action) ? action : undefined,
    since: day('since'),
    until: day('until'),
    after: query.get('after') ?? undefined,
  }
}

const DAY_SECONDS = 24 * 60 * 60

function inputOf({ repository, action, since, until, after }: Filter) {
  return {
    newestFirst: true,
    maxResults: PAGE_RECORDS,
    ...(repository !== undefined && { repositoryName: repository }),
    ...(action !== undefined && { action }),
    ...(since !== undefined && { since: Date.parse(since) / 1000 }),
    // A person means the whole of the last day.
    ...(until !== undefined && { until: Date.parse(until) / 1000 + DAY_SECONDS }),
    ...(after !== undefined && { nextToken: after }),
  }
}

function filterForm({ repository = '', action = '', since = '', until = '' }: Filter): Html {
  return html`<form class="filters" method="get" action="${pathOf.manage('audit')}" role="search" aria-label="Filter the log">
<label>Repository <input type="text" name="repository" value="${repository}" maxlength="205" autocomplete="off" spellcheck="false"></label>
<label>Action <select name="action"><option value="">any</option>${AUDIT_ACTIONS.map(each => html`<option${each === action && html` selected`}>${each}</option>`)}</select></label>
<label>From <input type="date" name="since" value="${since}"></label><label>To <input type="date" name="until" value="${until}"></label>
<button type="submit">Filter</button></form>`
}

function table(records: readonly RecordText[]): Html {
  return html`<div class="frame" tabindex="0" role="region" aria-label="Records"><table>
<thead><tr><th scope="col">When</th><th scope="col">Action</th><th scope="col">What</th><th scope="col">Who</th><th scope="col" class="wide">By</th></tr></thead>
<tbody>${records.map(line)}</tbody></table></div>`
}

function line(record: RecordText): Html {
  const { recordedAt, action, principal, sourceAddress, via, repositoryName, imageDigest, imageTag, detail } = record
  const who = principal.replace(/^arn:aws:iam::\d{12}:user\//, '')
  return html`<tr><td>${time(recordedAt * 1000)}</td><td>${plain(action, 60)}</td>
<td class="grow">${repositoryName !== undefined && free(repositoryName, 205)}${imageTag !== undefined && html` <span class="tag">${plain(imageTag, 128)}</span>`}${imageDigest !== undefined && html` ${chip(imageDigest)}`}${detail !== undefined && html`<p class="same">${free(detail, DETAIL)}</p>`}</td>
<td>${free(who, 100)}${sourceAddress !== undefined && html`<p class="same">${plain(sourceAddress, 60)}</p>`}</td><td class="wide quiet">${plain(via, 20)}</td></tr>`
}
