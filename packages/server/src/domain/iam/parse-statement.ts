import { type Glob, parseGlob } from '@berth/lifecycle'
import { keysOfConditions } from './condition-keys.ts'
import { parseConditions } from './conditions.ts'
import { type JsonObject, type ReportFault, readStrings } from './faults.ts'
import { parsePrincipals } from './parse-principals.ts'
import type { Patterns, PolicyKind, Principals, Statement } from './policy.ts'
import { conditionKey } from './request-context.ts'
import { type PolicyVersion, parseTemplate, type Template, variablesOf } from './template.ts'

export interface StatementSetting {
  readonly kind: PolicyKind
  readonly version: PolicyVersion
  readonly path: string
  readonly report: ReportFault
}

const ELEMENTS = new Set([
  'Sid',
  'Effect',
  'Principal',
  'NotPrincipal',
  'Action',
  'NotAction',
  'Resource',
  'NotResource',
  'Condition',
])

/** IAM's own rule for identity policies; repository policies may use any text. */
const IDENTITY_SID = /^[A-Za-z0-9]*$/
const ACTION = /^(?:\*|(?:\*|[a-z0-9-]+):[a-z0-9*?]+)$/

/** Reads one statement. A value that is returned after a reported fault is a filler, and must not be used. */
export function parseStatement(statement: JsonObject, setting: StatementSetting): Statement {
  const { kind, version, path, report } = setting
  for (const name of Object.keys(statement)) {
    if (!ELEMENTS.has(name)) report('unknownElement', `${path}.${name}`, 'A statement has no such element.')
  }
  const sid = statement['Sid']
  if (sid !== undefined && typeof sid !== 'string') {
    report('invalidValue', `${path}.Sid`, 'The statement id must be a string.')
  } else if (kind === 'identity' && sid !== undefined && !IDENTITY_SID.test(sid)) {
    report('invalidValue', `${path}.Sid`, 'The statement id must hold letters and digits only.')
  }
  const effect = statement['Effect']
  if (effect === undefined) report('missingElement', `${path}.Effect`, 'A statement must have an effect.')
  else if (effect !== 'Allow' && effect !== 'Deny') {
    report('invalidValue', `${path}.Effect`, 'The effect must be Allow or Deny.')
  }
  const condition = statement['Condition']
  const principals = readPrincipals(statement, setting)
  const actions = readActions(statement, setting)
  const resources = readResources(statement, setting)
  const keys = [...(resources?.patterns ?? []).flatMap(variablesOf), ...keysOfConditions(condition, version)]
  return {
    sid: typeof sid === 'string' ? sid : undefined,
    effect: effect === 'Allow' ? 'Allow' : 'Deny',
    principals,
    actions,
    resources,
    conditions: condition === undefined ? [] : parseConditions(condition, version, `${path}.Condition`, report),
    keys: new Map(keys.map(key => [conditionKey(key), key])),
  }
}

interface Choice {
  readonly negated: boolean
  readonly value: unknown
  readonly path: string
}

/** Reads `NAME` or `NotNAME`: a statement has exactly one of the two. */
function choose(statement: JsonObject, name: string, { path, report }: StatementSetting): Choice | undefined {
  const [plain, negated] = [statement[name], statement[`Not${name}`]]
  if (plain === undefined && negated === undefined) {
    report('missingElement', `${path}.${name}`, `A statement must have ${name} or Not${name}.`)
    return undefined
  }
  if (plain !== undefined && negated !== undefined) {
    report('misplacedElement', `${path}.Not${name}`, `A statement must not have both ${name} and Not${name}.`)
  }
  return plain === undefined
    ? { negated: true, value: negated, path: `${path}.Not${name}` }
    : { negated: false, value: plain, path: `${path}.${name}` }
}

function forbid(statement: JsonObject, name: string, { kind, path, report }: StatementSetting): void {
  for (const element of [name, `Not${name}`]) {
    if (statement[element] !== undefined) {
      report('misplacedElement', `${path}.${element}`, `A statement of a policy of this kind (${kind}) has none.`)
    }
  }
}

function readPrincipals(statement: JsonObject, setting: StatementSetting): Principals | undefined {
  if (setting.kind === 'identity') {
    forbid(statement, 'Principal', setting)
    return undefined
  }
  const choice = choose(statement, 'Principal', setting)
  if (choice === undefined) return undefined
  if (choice.negated && statement['Effect'] === 'Allow') {
    setting.report('misplacedElement', choice.path, 'NotPrincipal goes with the effect Deny only.')
  }
  return parsePrincipals(choice.value, choice.negated, choice.path, setting.report)
}

function readActions(statement: JsonObject, setting: StatementSetting): Patterns<Glob> {
  const choice = choose(statement, 'Action', setting)
  if (choice === undefined) return { negated: false, patterns: [] }
  const patterns = readStrings(choice.value, choice.path, setting.report).flatMap(([text, at]) => {
    const action = text.toLowerCase()
    if (ACTION.test(action)) return [parseGlob(action)]
    setting.report('invalidValue', at, 'The action must be "*" or SERVICE:NAME.')
    return []
  })
  return { negated: choice.negated, patterns }
}

function readResources(statement: JsonObject, setting: StatementSetting): Patterns<Template> | undefined {
  if (setting.kind === 'repository') {
    forbid(statement, 'Resource', setting)
    return undefined
  }
  const choice = choose(statement, 'Resource', setting)
  if (choice === undefined) return undefined
  const patterns = readStrings(choice.value, choice.path, setting.report).flatMap(([text, at]) => {
    const template = isResource(text) ? parseTemplate(text, setting.version) : undefined
    if (template !== undefined) return [text === '*' ? template : completeArn(template)]
    setting.report('invalidValue', at, 'The resource must be "*" or an ARN, and its variables well formed.')
    return []
  })
  return { negated: choice.negated, patterns }
}

const isResource = (text: string): boolean => text === '*' || text.startsWith('arn:')

/** IAM reads the parts that an ARN leaves off at its end as wildcards. Colons inside `${…}` part nothing. */
function completeArn(template: Template): Template {
  const colons = template.flatMap(part => (part.kind === 'text' ? part.text.split(':').slice(1) : [])).length
  return [...template, { kind: 'text', text: ':*'.repeat(Math.max(0, 5 - colons)) }]
}
