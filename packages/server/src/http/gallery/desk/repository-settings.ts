import type { RepositoryRow } from '../../../ports/rows/repositories/repositories.ts'
import { describeSettings } from '../../../registry/repositories/settings.ts'
import { authorizeRepository } from '../../access/control-policies.ts'
import type { Form } from '../forms/read-form.ts'
import { pathOf } from '../href.ts'
import { type Html, html } from '../html.ts'
import type { Reply } from '../reply.ts'
import { type DeskPart, type DeskRepositoryAsked, sameVersion, tryCall, unlessChanged, versionField } from './desk.ts'
import { repositoryDeskHead } from './desk-head.ts'
import { doneNotice, linesOf, refusalNotice, refusalOfDays, textArea, textField } from './fields.ts'

/** What is asked for to read; berth's own action has no model here. */
const READING = { iamAction: 'berth:GetRepositorySettings', errors: ['RegistryNotFoundException'] } as const

interface Typed {
  readonly binDays: string
  readonly protectedTags: string
  readonly immutableTags: string
}

/** What may be deleted and pushed over, and for how long it can be taken back. */
export const repositorySettings: DeskPart<DeskRepositoryAsked> = {
  async get(asked) {
    const row = await find(asked)
    const { binDays, protectedTags, immutableTags } = row.settings
    const typed = {
      binDays: binDays === undefined ? '' : String(binDays),
      protectedTags: protectedTags.join('\n'),
      immutableTags: immutableTags.join('\n'),
    }
    return show(asked, row, typed, { version: versionField(shownOf(row.settings)) })
  },

  async post(asked, form) {
    const { path, named, caller } = asked
    const typed = typedIn(form)
    const days = typed.binDays.trim()
    const settings = {
      ...(days !== '' && { binDays: Number(days) }),
      protectedTags: linesOf(typed.protectedTags),
      immutableTags: linesOf(typed.immutableTags),
    }
    const careful = unlessChanged(caller, form, {
      what: 'the settings of the repository',
      read: (_, now) => now && shownOf(now.settings),
      becomes: () => shownOf(settings),
    })
    const input = { ...named, settings }
    const done = refusalOfDays(days) ?? (await tryCall(asked, careful, 'PutRepositorySettings', input))
    if ('output' in done) return { location: pathOf.manageRepository(path, 'settings', { done: 'saved' }) }
    const version = sameVersion(form)
    return { ...(await show(asked, await find(asked), typed, { version, refusal: done.refusal })), status: 400 }
  },

  async again(asked, form, { notice, versionField }) {
    const row = await find(asked)
    return show(asked, row, typedIn(form), { version: versionField(shownOf(row.settings)), notice })
  },
}

/** In an order that does not hang on how it was stored. */
const shownOf = ({ binDays, protectedTags, immutableTags }: RepositoryRow['settings']) => [
  binDays ?? null,
  protectedTags,
  immutableTags,
]

const find = ({ services: { context }, caller, named }: DeskRepositoryAsked) =>
  authorizeRepository(context.metadata.rows, caller, READING, named)

const typedIn = (form: Form): Typed => ({
  binDays: form.text('bin-days'),
  protectedTags: form.text('protected-tags'),
  immutableTags: form.text('immutable-tags'),
})

const PATTERNS = html`A pattern a line: <code>*</code> is any text and <code>?</code> one character; <code>!</code> in front makes an exception, and the last pattern that matches decides.`

async function show(
  { services: { context }, path, query, hidden }: DeskRepositoryAsked,
  row: RepositoryRow,
  typed: Typed,
  { version, notice, refusal }: { readonly version: Html; readonly notice?: Html; readonly refusal?: string },
) {
  const { effectiveBinDays } = await describeSettings(context, row)
  return {
    page: {
      title: `Settings of ${path.name}`,
      body: html`${repositoryDeskHead(path, 'settings')}${doneNotice(query)}${notice}${refusalNotice(refusal)}
<form class="panel" method="post" action="${pathOf.manageRepository(path, 'settings')}">${hidden}${version}
${textArea({ name: 'protected-tags', label: 'Protected tags', value: typed.protectedTags, hint: html`Images with such a tag cannot be deleted, by anybody. ${PATTERNS}` }, { rows: 4, isCode: true, limit: 7_000 })}
${textArea({ name: 'immutable-tags', label: 'Immutable tags', value: typed.immutableTags, hint: 'Such a tag stays on its image: pushing it anew is refused. Patterns as above.' }, { rows: 4, isCode: true, limit: 7_000 })}
${textField({ name: 'bin-days', label: 'Days in the bin', value: typed.binDays, hint: `For how long deleted images can be taken back, 0 to 3650. Now it is ${effectiveBinDays}. Left empty, it is what the registry says.` }, { limit: 4 })}
<p class="actions"><button class="main" type="submit">Save</button></p></form>`,
    },
  } satisfies Reply
}
