import type { RegistryRow } from '../../../ports/rows/repositories/registries.ts'
import { describeRegistry, primaryAlias } from '../../../registry/repositories/registries.ts'
import { authorizeRegistry } from '../../access/control-policies.ts'
import type { CallInput } from '../../control/call-operation.ts'
import type { Form } from '../forms/read-form.ts'
import { pathOf } from '../href.ts'
import { type Html, html } from '../html.ts'
import type { Reply } from '../reply.ts'
import { type DeskAsked, type DeskPart, sameVersion, tryCall, unlessChanged, versionField } from './desk.ts'
import { deskHead } from './desk-head.ts'
import { doneNotice, refusalNotice, refusalOfDays, textField } from './fields.ts'

interface SettingForm {
  readonly operation: string
  /** What the form shows of the registry. */
  readonly shown: (row: RegistryRow | undefined) => Value
  readonly typed: (form: Form) => Value
  /** `row` is what is there now. */
  readonly inputOf: (value: Value, row: RegistryRow | undefined) => CallInput
}
type Value = string | number | boolean | null

const typedIn = (form: Form, name: string): string => form.text(name).trim()

/** By the word that each sends. */
const FORMS: Readonly<Record<'name' | 'bin' | 'pulls', SettingForm>> = {
  name: {
    operation: 'PutRegistryCatalogData',
    shown: row => row?.displayName ?? null,
    typed: form => typedIn(form, 'display-name') || null,
    inputOf: displayName => (displayName === null ? {} : { displayName }),
  },
  bin: {
    operation: 'PutRegistrySettings',
    shown: row => row?.binDays ?? null,
    typed: form => (typedIn(form, 'bin-days') === '' ? null : Number(typedIn(form, 'bin-days'))),
    inputOf: binDays => (binDays === null ? {} : { binDays }),
  },
  pulls: {
    operation: 'PutRegistrySettings',
    shown: row => row?.hidesPulls === true,
    typed: form => form.text('hide-pulls') === 'true',
    // Without the days those of the server would hold again.
    inputOf: (hidePulls, row) => ({ hidePulls, ...(row?.binDays !== undefined && { binDays: row.binDays }) }),
  },
}

/** What holds for the whole registry, in forms that are saved each by itself. */
export const registrySettings: DeskPart<DeskAsked> = {
  get: asked => show(asked),

  async post(asked, form) {
    const { caller, services } = asked
    const word = form.text('do')
    const setting = word === 'name' || word === 'pulls' ? FORMS[word] : FORMS.bin
    const value = setting.typed(form)
    const found = await services.context.metadata.rows.registries.find(caller.accountId)
    const careful = unlessChanged(caller, form, {
      what: 'this setting of the registry',
      read: async rows => {
        const row = await rows.registries.find(caller.accountId)
        // What goes along is what it was.
        return setting === FORMS.pulls && row?.binDays !== found?.binDays ? 'changed' : setting.shown(row)
      },
      becomes: () => value,
    })
    const refused = setting === FORMS.bin ? refusalOfDays(typedIn(form, 'bin-days')) : undefined
    const input = setting.inputOf(value, found)
    const done = refused ?? (await tryCall(asked, careful, setting.operation, input))
    if ('output' in done) return { location: pathOf.manage('settings', { done: 'saved' }) }
    const version = () => sameVersion(form)
    return { ...(await show(asked, { form, versionField: version, refusal: done.refusal })), status: 400 }
  },

  again: (asked, form, { notice, versionField }) => show(asked, { form, versionField, notice }),
}

interface Shown {
  /** The form that was typed into: one of them. */
  readonly form?: Form
  readonly versionField?: (shown: unknown) => Html
  readonly notice?: Html
  readonly refusal?: string
}

async function show({ services: { context }, caller, query, hidden }: DeskAsked, shown: Shown = {}) {
  const { form, notice, refusal } = shown
  authorizeRegistry(caller, 'DescribeRegistries')
  const described = await describeRegistry(context.metadata, caller.accountId)
  const { registry } = described ?? {}
  const { displayName, binDays, verified } = registry ?? {}
  const alias = await primaryAlias(context.metadata, caller.accountId)
  const action = pathOf.manage('settings')
  const typed = (field: string, stored: string) => (form?.has(field) === true ? form.text(field) : stored)
  const version = (field: string, stored: unknown) =>
    (form?.has(field) === true ? (shown.versionField ?? versionField) : versionField)(stored)
  const hides = form?.has('pulls') === true ? FORMS.pulls.typed(form) : FORMS.pulls.shown(registry)
  return {
    page: {
      title: 'Settings of your registry',
      body: html`${deskHead(caller, alias, 'settings')}${doneNotice(query)}${notice}${refusalNotice(refusal)}
<dl class="facts left narrow"><dt>Aliases</dt><dd>${(described?.aliases ?? []).map(each => each.alias).join(', ')}</dd><dt>Verified</dt><dd>${verified === true ? 'yes' : 'no; whoever runs the server decides that'}</dd></dl>
<div class="doors"><form class="panel" method="post" action="${action}" aria-labelledby="name-form"><h2 id="name-form">Name</h2>${hidden}${version('display-name', FORMS.name.shown(registry))}
${textField({ name: 'display-name', label: 'Display name', value: typed('display-name', displayName ?? ''), hint: 'Shown as the publisher of your repositories. Left empty, that is the alias.' }, { limit: 50 })}
<button class="main" type="submit" name="do" value="name">Save the name</button></form>
<form class="panel" method="post" action="${action}" aria-labelledby="bin-form"><h2 id="bin-form">Bin</h2>${hidden}${version('bin-days', FORMS.bin.shown(registry))}
${textField({ name: 'bin-days', label: 'Days in the bin', value: typed('bin-days', binDays === undefined ? '' : String(binDays)), hint: `For repositories without a number of their own, 0 to 3650. Left empty, that is the server’s: ${context.binDays}.` }, { limit: 4 })}
<button class="main" type="submit" name="do" value="bin">Save the days</button></form>
<form class="panel" method="post" action="${action}" aria-labelledby="pulls-form"><h2 id="pulls-form">Pulls</h2>${hidden}${version('pulls', FORMS.pulls.shown(registry))}<input type="hidden" name="pulls" value="">
<p class="field"><label class="box"><input type="checkbox" name="hide-pulls" value="true"${hides === true && html` checked`} aria-describedby="pulls-hint"> Hide pulls</label></p>
<p class="quiet small" id="pulls-hint">Pages then show nobody when and how often your images were pulled, and leave them out of what is pulled most.</p>
<button class="main" type="submit" name="do" value="pulls">Save</button></form></div>`,
    },
  } satisfies Reply
}
