import { type Html, html } from '../html.ts'
import { fitting } from '../parts/fitting.ts'
import { rest } from '../parts/named-table.ts'
import { plain } from '../parts/text.ts'

type Named = string | readonly string[] | Readonly<Record<string, string | readonly string[]>>
type Conditions = Readonly<Record<string, Readonly<Record<string, string | readonly string[]>>>>

/** A statement of a policy that was found sound, as its JSON has it. */
interface StatementText {
  readonly Effect: 'Allow' | 'Deny'
  readonly Principal?: Named
  readonly NotPrincipal?: Named
  readonly Action?: string | readonly string[]
  readonly NotAction?: string | readonly string[]
  readonly Condition?: Conditions
}

/** Long lists are told by their beginning. */
const NAMED = 12
/** Bytes that the sentences of a page may take. */
const SHARE = 40_000

/** A repository's policy, a sentence for each statement. The JSON beside it is what counts. */
export function policyInWords(policyText: string): Html {
  const { Statement: all } = JSON.parse(policyText) as { Statement: StatementText | readonly StatementText[] }
  const statements = Array.isArray(all) ? (all as readonly StatementText[]) : [all as StatementText]
  const lines = statements.map(
    each =>
      html`<li>${whoOf(each)} <span class="badge ${each.Effect === 'Allow' ? 'ok' : 'go'}">${each.Effect === 'Allow' ? 'may' : 'may not'}</span> ${actionsOf(each)}${conditionsOf(each.Condition)}</li>`,
  )
  const shown = fitting(lines, SHARE)
  return html`<ul class="lines">${shown}</ul>${rest({ items: shown, total: statements.length })}`
}

/** Conditions may have numbers and truth values. */
const listOf = (value: unknown): readonly string[] => (Array.isArray(value) ? value.map(String) : [String(value)])

const shown = (all: readonly string[]): Html =>
  html`${all.slice(0, NAMED).map((each, at) => html`${at > 0 && ', '}<code>${plain(each, 200)}</code>`)}${all.length > NAMED && ` and ${all.length - NAMED} more`}`

function whoOf({ Principal: who, NotPrincipal: notWho }: StatementText): Html {
  if (notWho !== undefined) return html`Everyone but ${shown(principalsOf(notWho))}`
  const all = principalsOf(who ?? [])
  return all.includes('*') ? html`Everyone with a login` : shown(all)
}

const principalsOf = (named: Named): string[] =>
  typeof named === 'string' || Array.isArray(named) ? [...listOf(named)] : Object.values(named).flatMap(listOf)

function actionsOf({ Action: does = [], NotAction: doesNot }: StatementText): Html {
  if (doesNot !== undefined) return html`everything but ${shown(listOf(doesNot))}`
  const all = listOf(does)
  return all.some(each => each === '*' || /^ecr-public:\*$/i.test(each)) ? html`everything` : shown(all)
}

function conditionsOf(conditions: Conditions = {}): Html | undefined {
  const all = Object.entries(conditions).flatMap(([operator, keys]) =>
    Object.entries(keys).map(
      ([key, values]) => html`<code>${plain(key, 100)}</code> ${plain(operator, 60)} ${shown(listOf(values))}`,
    ),
  )
  return all.length === 0 ? undefined : html`, where ${all.map((each, at) => html`${at > 0 && ' and '}${each}`)}`
}
