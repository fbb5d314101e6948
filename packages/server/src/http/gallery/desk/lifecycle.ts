import type { RepositoryRow } from '../../../ports/rows/repositories/repositories.ts'
import { nextEvaluation } from '../../../registry/lifecycle/policies.ts'
import { authorizeRepository } from '../../access/control-policies.ts'
import type { Form } from '../forms/read-form.ts'
import { pathOf } from '../href.ts'
import { type Html, html } from '../html.ts'
import { count, time } from '../parts/text.ts'
import type { Reply } from '../reply.ts'
import {
  callAs,
  type DeskPart,
  type DeskRepositoryAsked,
  sameVersion,
  tryCall,
  unlessChanged,
  unlessGone,
  versionField,
} from './desk.ts'
import { repositoryDeskHead } from './desk-head.ts'
import { type Expiring, expiringTable } from './expiring-table.ts'
import { doneNotice, refusalNotice, textArea } from './fields.ts'
import { rulesInWords } from './rules-in-words.ts'

const READING = { iamAction: 'ecr:GetLifecyclePolicy', errors: [] } as const

const EXAMPLE = JSON.stringify(
  {
    rules: [
      {
        rulePriority: 1,
        description: 'Untagged images go after two weeks',
        selection: { tagStatus: 'untagged', countType: 'sinceImagePushed', countUnit: 'days', countNumber: 14 },
        action: { type: 'expire' },
      },
    ],
  },
  null,
  2,
)

/** The rules by which images expire, and what they would take now. */
export const lifecycle: DeskPart<DeskRepositoryAsked> = {
  async get(asked) {
    const row = await find(asked)
    const policy = await asked.services.context.metadata.rows.lifecycle.find(row.id)
    const text = policy?.policyText
    return show(asked, row, { stored: text, text: text ?? '', version: versionField(text ?? null) })
  },

  async post(asked, form) {
    const { path, named, caller, services } = asked
    const text = form.text('policy').trim()
    const wish = form.text('do')
    if (wish === 'preview') return preview(asked, form, text)
    const careful = unlessChanged(caller, form, {
      what: 'the lifecycle policy',
      read: async (rows, row) => (row && (await rows.lifecycle.find(row.id))?.policyText) ?? null,
      becomes: () => (wish === 'remove' ? null : text),
    })
    if (wish === 'remove') {
      await unlessGone(callAs(asked, careful, 'DeleteLifecyclePolicy', named), 'lifecyclePolicyNotFound')
      return { location: pathOf.manageRepository(path, 'lifecycle', { done: 'removed' }) }
    }
    const done = await tryCall(asked, careful, 'PutLifecyclePolicy', { ...named, lifecyclePolicyText: text })
    if ('output' in done) return { location: pathOf.manageRepository(path, 'lifecycle', { done: 'saved' }) }
    const row = await find(asked)
    const stored = (await services.context.metadata.rows.lifecycle.find(row.id))?.policyText
    return {
      ...(await show(asked, row, { stored, text, version: sameVersion(form), refusal: done.refusal })),
      status: 400,
    }
  },

  async again(asked, form, { notice, versionField }) {
    const row = await find(asked)
    const stored = (await asked.services.context.metadata.rows.lifecycle.find(row.id))?.policyText
    return show(asked, row, { stored, text: form.text('policy'), version: versionField(stored ?? null), notice })
  },
}

const find = ({ services: { context }, caller, named }: DeskRepositoryAsked) =>
  authorizeRepository(context.metadata.rows, caller, READING, named)

/** What is typed would take, and nothing is deleted. */
async function preview(asked: DeskRepositoryAsked, form: Form, text: string): Promise<Reply> {
  const { path, named, caller, services } = asked
  const begun = await tryCall(asked, caller, 'StartLifecyclePolicyPreview', { ...named, lifecyclePolicyText: text })
  const row = await find(asked)
  const stored = (await services.context.metadata.rows.lifecycle.find(row.id))?.policyText
  const shown = { stored, text, version: sameVersion(form) }
  if ('refusal' in begun) return { ...(await show(asked, row, { ...shown, refusal: begun.refusal })), status: 400 }
  const { output } = await callAs(asked, caller, 'GetLifecyclePolicyPreview', { ...named, maxResults: 100 })
  const { previewResults, summary } = output as unknown as PreviewOutput
  const { table, count: shownImages } = expiringTable(path, previewResults, text)
  return show(asked, row, {
    ...shown,
    preview: html`<section class="panel" aria-labelledby="preview"><h2 id="preview">${count(summary.expiringImageTotalCount, 'image')} would expire now <span class="badge held">nothing was deleted</span></h2>
${table}
${summary.expiringImageTotalCount > shownImages && html`<p class="quiet small">The first ${shownImages} are shown; <code>berth lifecycle preview</code> lists all.</p>`}</section>`,
  })
}

interface PreviewOutput {
  readonly previewResults: readonly Expiring[]
  readonly summary: { readonly expiringImageTotalCount: number }
}

interface Shown {
  readonly stored: string | undefined
  readonly text: string
  readonly version: Html
  readonly notice?: Html
  readonly refusal?: string
  readonly preview?: Html
}

async function show(asked: DeskRepositoryAsked, row: RepositoryRow, shown: Shown) {
  const { path, query, hidden, services } = asked
  const { stored, text, version, notice, refusal, preview } = shown
  const next = stored === undefined ? undefined : await nextEvaluation(services.context, row, stored)
  return {
    page: {
      title: `Lifecycle policy of ${path.name}`,
      body: html`${repositoryDeskHead(path, 'lifecycle')}${doneNotice(query)}${notice}${refusalNotice(refusal)}
${stored === undefined ? html`<p class="lead">No policy is in force: images stay whatever their age.</p>` : html`<section class="panel" aria-labelledby="in-force"><h2 id="in-force">In force</h2>${rulesInWords(stored)}<p class="quiet small">It runs next ${next !== undefined && time(next.getTime())}. What it deletes waits in the bin.</p></section>`}
${preview}
<form class="panel" method="post" action="${pathOf.manageRepository(path, 'lifecycle')}">${hidden}${version}
${textArea({ name: 'policy', label: 'Policy', value: text, hint: 'JSON, in the words of Amazon ECR. A preview changes nothing.' }, { rows: 16, isCode: true, limit: 30_720 })}
${text === '' && html`<details><summary>A policy to begin with</summary><pre tabindex="0"><code>${EXAMPLE}</code></pre></details>`}
<p class="actions"><button class="main" type="submit" name="do" value="preview">Preview</button> <button type="submit" name="do" value="save">Save</button>${stored !== undefined && html` <button class="go" type="submit" name="do" value="remove" formnovalidate>Remove the policy</button>`}</p></form>`,
    },
  } satisfies Reply
}
