import { FaultError, type PolicyFault } from './fault.ts'
import type { LifecyclePolicy, LifecycleRule } from './policy.ts'
import { type Json, readJson } from './read-json.ts'
import { readChoice, readList, readMembers, readPositiveInteger, readString } from './read-members.ts'
import { readSelection } from './read-selection.ts'

export type ParsedPolicy =
  | { readonly ok: true; readonly policy: LifecyclePolicy }
  | { readonly ok: false; readonly faults: readonly PolicyFault[] }

/** ECR's quotas: "Lifecycle policy length" and "Rules per lifecycle policy". */
const MAX_CHARACTERS = 30_720
const MAX_RULES = 50

/**
 * Reads the text of a lifecycle policy, and never throws. `faults` tell what is wrong with the text: at least one for a
 * text that is no policy, at most one for each rule alone and one for each rule beside the others.
 */
export function parseLifecyclePolicy(text: string): ParsedPolicy {
  const faults: PolicyFault[] = []
  const rules = noting(faults, () => readRules(text, faults)) ?? []
  const prefixes = rules.map(prefixesOf)
  if (faults.length === 0)
    for (const [index] of rules.entries()) noting(faults, () => checkAmong(rules, prefixes, index))
  return faults.length === 0 ? { ok: true, policy: { rules } } : { ok: false, faults }
}

/** What `read` answers, or undefined when it notes a fault instead. */
function noting<T>(faults: PolicyFault[], read: () => T): T | undefined {
  try {
    return read()
  } catch (error) {
    if (!(error instanceof FaultError)) throw error
    faults.push(error.fault)
    return undefined
  }
}

function readRules(text: string, faults: PolicyFault[]): LifecycleRule[] {
  if (text.length > MAX_CHARACTERS) throw new FaultError('', `must not be longer than ${MAX_CHARACTERS} characters`)
  const policy = readMembers(readJson(text), '', { required: ['rules'] })
  return readList(policy.get('rules'), 'rules', MAX_RULES).flatMap(
    (rule, index) => noting(faults, () => readRule(rule, `rules[${index}]`)) ?? [],
  )
}

function readRule(json: Json, path: string): LifecycleRule {
  const rule = readMembers(json, path, {
    required: ['rulePriority', 'selection', 'action'],
    optional: ['description'],
  })
  return {
    rulePriority: readPositiveInteger(rule.get('rulePriority'), `${path}.rulePriority`),
    ...(rule.has('description') && { description: readString(rule.get('description'), `${path}.description`) }),
    selection: readSelection(rule.get('selection') ?? null, `${path}.selection`),
    action: readAction(rule.get('action') ?? null, `${path}.action`),
  }
}

function readAction(json: Json, path: string): LifecycleRule['action'] {
  const action = readMembers(json, path, { required: ['type'], optional: ['targetStorageClass'] })
  const type = readChoice(action.get('type'), `${path}.type`, ['expire', 'transition'])
  const target = `${path}.targetStorageClass`
  if (type === 'transition')
    return { type, targetStorageClass: readChoice(action.get('targetStorageClass'), target, ['archive']) }
  if (action.has('targetStorageClass')) throw new FaultError(target, 'must be left out, since type is "expire"')
  return { type }
}

/** What ECR asks of the rules of a policy together. */
function checkAmong(rules: readonly LifecycleRule[], prefixes: readonly (string | undefined)[], index: number): void {
  const rule = rules[index]
  if (rule === undefined) return
  const path = `rules[${index}]`
  const earlier = rules.slice(0, index)

  if (earlier.some(each => each.rulePriority === rule.rulePriority))
    throw new FaultError(`${path}.rulePriority`, `is ${rule.rulePriority} as in an earlier rule, and must be unique`)
  const { tagStatus, storageClass } = rule.selection
  // A rule for archived images does not count among the others: they look at other images.
  const isBeside = (each: LifecycleRule) => each.selection.storageClass !== storageClass
  if (tagStatus === 'any' && rules.some(each => each.rulePriority > rule.rulePriority && !isBeside(each)))
    throw new FaultError(`${path}.rulePriority`, 'must be the highest of all rules, since tagStatus is "any"')
  if (tagStatus === 'untagged' && earlier.some(each => each.selection.tagStatus === tagStatus && !isBeside(each)))
    throw new FaultError(`${path}.selection.tagStatus`, 'is "untagged" in an earlier rule too, and may be in one only')
  const own = prefixes[index]
  if (own !== undefined && prefixes.indexOf(own) < index)
    throw new FaultError(`${path}.selection.tagPrefixList`, 'is that of an earlier rule, and must be unique')
}

/** The storage class and the set of prefixes as a text, whatever their order: equal for equal sets. */
function prefixesOf({ selection }: LifecycleRule): string | undefined {
  if (!('tagPrefixList' in selection)) return undefined
  return `${selection.storageClass ?? 'standard'}: ${[...new Set(selection.tagPrefixList)].sort().join()}`
}
