import type { RepositoryRow } from '../../../ports/rows/repositories/repositories.ts'
import { policyOf } from '../../../registry/repositories/repository-policy.ts'
import { authorizeRepository } from '../../access/control-policies.ts'
import { pathOf } from '../href.ts'
import { type Html, html } from '../html.ts'
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
import { doneNotice, refusalNotice, textArea } from './fields.ts'
import { policyInWords } from './policy-in-words.ts'

/** Who may do what with one repository, besides the users of its own account. */
export const permissions: DeskPart<DeskRepositoryAsked> = {
  async get(asked) {
    const row = await find(asked)
    const text = row.policyText === undefined ? '' : await policyOf(asked.services.context.metadata.rows, row)
    return show(asked, row, { text: indented(text), version: versionField(row.policyText ?? null) })
  },

  async post(asked, form) {
    const { path, named, caller } = asked
    const isRemoval = form.text('do') === 'remove'
    const policyText = form.text('policy').trim()
    const careful = unlessChanged(caller, form, {
      what: 'the permissions',
      read: (_, now) => now?.policyText ?? null,
      becomes: () => (isRemoval ? null : policyText),
    })
    if (isRemoval) {
      await unlessGone(callAs(asked, careful, 'DeleteRepositoryPolicy', named), 'repositoryPolicyNotFound')
      return { location: pathOf.manageRepository(path, 'permissions', { done: 'removed' }) }
    }
    const input = { ...named, policyText, force: form.has('force') }
    const done = await tryCall(asked, careful, 'SetRepositoryPolicy', input)
    if ('output' in done) return { location: pathOf.manageRepository(path, 'permissions', { done: 'saved' }) }
    const version = sameVersion(form)
    return { ...show(asked, await find(asked), { text: policyText, version, refusal: done.refusal }), status: 400 }
  },

  async again(asked, form, { notice, versionField }) {
    const row = await find(asked)
    return show(asked, row, { text: form.text('policy'), version: versionField(row.policyText ?? null), notice })
  },
}

const find = ({ services: { context }, caller, named }: DeskRepositoryAsked) =>
  authorizeRepository(context.metadata.rows, caller, 'GetRepositoryPolicy', named)

/** As a person reads it; a policy is stored as it was set. */
function indented(text: string): string {
  if (text === '' || text.includes('\n')) return text
  return JSON.stringify(JSON.parse(text), null, 2)
}

interface Shown {
  readonly text: string
  readonly version: Html
  readonly notice?: Html
  readonly refusal?: string
}

function show({ path, query, hidden, caller }: DeskRepositoryAsked, row: RepositoryRow, shown: Shown) {
  const { text, version, notice, refusal } = shown
  const isForeign = row.accountId !== caller.accountId
  return {
    page: {
      title: `Permissions of ${path.name}`,
      body: html`${repositoryDeskHead(path, 'permissions')}${doneNotice(query)}${notice}${refusalNotice(refusal)}
<p class="lead">Anyone can pull. Users of account <code>${row.accountId}</code> may do what their own policies allow; this policy lets others push and delete, or forbids it to all.</p>
<section class="panel" aria-labelledby="words"><h2 id="words">In words</h2>${row.policyText === undefined ? html`<p class="quiet">No policy is set: only users of the account have a say${isForeign && ', and you are not one of them'}.</p>` : policyInWords(row.policyText)}</section>
<form class="panel" method="post" action="${pathOf.manageRepository(path, 'permissions')}">${hidden}${version}
${textArea({ name: 'policy', label: 'As JSON', value: text, hint: 'A repository policy in the words of IAM. It names who, and no resource: that is this repository.' }, { rows: 16, isCode: true, limit: 10_240 })}
<label class="box"><input type="checkbox" name="force"> Save it even if I could not change it again</label>
<p class="actions"><button class="main" type="submit" name="do" value="save">Save</button>${row.policyText !== undefined && html` <button class="go" type="submit" name="do" value="remove" formnovalidate>Remove the policy</button>`}</p></form>`,
    },
  } satisfies Reply
}
