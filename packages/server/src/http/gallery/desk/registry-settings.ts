import { describeRegistry, primaryAlias } from '../../../registry/repositories/registries.ts'
import { authorizeRegistry } from '../../access/control-policies.ts'
import type { Form } from '../forms/read-form.ts'
import { pathOf } from '../href.ts'
import { type Html, html } from '../html.ts'
import type { Reply } from '../reply.ts'
import { type DeskAsked, type DeskPart, sameVersion, tryCall, unlessChanged, versionField } from './desk.ts'
import { deskHead } from './desk-head.ts'
import { doneNotice, refusalNotice, refusalOfDays, textField } from './fields.ts'

/** What holds for the whole registry: two forms, since two permissions let one change it. */
export const registrySettings: DeskPart<DeskAsked> = {
  get: asked => show(asked),

  async post(asked, form) {
    const { caller } = asked
    const isName = form.text('do') === 'name'
    const typed = form.text(isName ? 'display-name' : 'bin-days').trim()
    const value = typed === '' ? null : isName ? typed : Number(typed)
    const careful = unlessChanged(caller, form, {
      what: 'this setting of the registry',
      read: async rows => {
        const row = await rows.registries.find(caller.accountId)
        return (isName ? row?.displayName : row?.binDays) ?? null
      },
      becomes: () => value,
    })
    const input = value === null ? {} : { [isName ? 'displayName' : 'binDays']: value }
    const operation = isName ? 'PutRegistryCatalogData' : 'PutRegistrySettings'
    const done = (isName ? undefined : refusalOfDays(typed)) ?? (await tryCall(asked, careful, operation, input))
    if ('output' in done) return { location: pathOf.manage('settings', { done: 'saved' }) }
    const version = () => sameVersion(form)
    return { ...(await show(asked, { form, versionField: version, refusal: done.refusal })), status: 400 }
  },

  again: (asked, form, { notice, versionField }) => show(asked, { form, versionField, notice }),
}

interface Shown {
  /** The form that was typed into: one of the two. */
  readonly form?: Form
  readonly versionField?: (shown: unknown) => Html
  readonly notice?: Html
  readonly refusal?: string
}

async function show({ services: { context }, caller, query, hidden }: DeskAsked, shown: Shown = {}) {
  const { form, notice, refusal } = shown
  authorizeRegistry(caller, 'DescribeRegistries')
  const described = await describeRegistry(context.metadata, caller.accountId)
  const { displayName, binDays, verified } = described?.registry ?? {}
  const alias = await primaryAlias(context.metadata, caller.accountId)
  const action = pathOf.manage('settings')
  const typed = (field: string, stored: string) => (form?.has(field) === true ? form.text(field) : stored)
  const version = (field: string, stored: unknown) =>
    (form?.has(field) === true ? (shown.versionField ?? versionField) : versionField)(stored)
  return {
    page: {
      title: 'Settings of your registry',
      body: html`${deskHead(caller, alias, 'settings')}${doneNotice(query)}${notice}${refusalNotice(refusal)}
<dl class="facts left narrow"><dt>Aliases</dt><dd>${(described?.aliases ?? []).map(each => each.alias).join(', ')}</dd><dt>Verified</dt><dd>${verified === true ? 'yes' : 'no; whoever runs the server decides that'}</dd></dl>
<div class="doors"><form class="panel" method="post" action="${action}" aria-labelledby="name-form"><h2 id="name-form">Name</h2>${hidden}${version('display-name', displayName ?? null)}
${textField({ name: 'display-name', label: 'Display name', value: typed('display-name', displayName ?? ''), hint: 'Shown as the publisher of your repositories. Left empty, that is the alias.' }, { limit: 50 })}
<button class="main" type="submit" name="do" value="name">Save the name</button></form>
<form class="panel" method="post" action="${action}" aria-labelledby="bin-form"><h2 id="bin-form">Bin</h2>${hidden}${version('bin-days', binDays ?? null)}
${textField({ name: 'bin-days', label: 'Days in the bin', value: typed('bin-days', binDays === undefined ? '' : String(binDays)), hint: `For repositories without a number of their own, 0 to 3650. Left empty, that is the server’s: ${context.binDays}.` }, { limit: 4 })}
<button class="main" type="submit" name="do" value="bin">Save the days</button></form></div>`,
    },
  } satisfies Reply
}
