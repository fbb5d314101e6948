import { conditionOperators } from './condition-operators.ts'
import { isJsonObject, listItems, type ReportFault } from './faults.ts'
import type { Comparison, Condition } from './policy.ts'
import { conditionKey, TAG_KEYS } from './request-context.ts'
import type { Evaluation, PolicyVersion } from './template.ts'

const OPERATOR = /^(?:(?<quantifier>ForAllValues|ForAnyValue):)?(?<name>[A-Za-z]+?)(?<ifExists>IfExists)?$/

/** Reads a Condition element, `{ operator: { key: value or values } }`, and reports its faults. */
export function parseConditions(
  value: unknown,
  version: PolicyVersion,
  path: string,
  report: ReportFault,
): readonly Condition[] {
  if (!isJsonObject(value)) {
    report('invalidValue', path, 'The value must be an object.')
    return []
  }
  return Object.entries(value).flatMap(([operator, keys]) => {
    const at = `${path}.${operator}`
    const parseOne = operator === 'Null' ? parseNullTest : comparisonParser(operator, version)
    if (parseOne === undefined) {
      report('unknownElement', at, 'The condition operator is unknown.')
      return []
    }
    if (!isJsonObject(keys)) {
      report('invalidValue', at, 'The value must be an object.')
      return []
    }
    return Object.entries(keys).map(([key, expected]) =>
      parseOne(conditionKey(key), conditionValues(expected, `${at}.${key}`, report), report),
    )
  })
}

type PathedValue = readonly [value: string, path: string]
type ParseCondition = (key: string, values: readonly PathedValue[], report: ReportFault) => Condition

function comparisonParser(operator: string, version: PolicyVersion): ParseCondition | undefined {
  const { quantifier, name = '', ifExists } = OPERATOR.exec(operator)?.groups ?? {}
  const known = conditionOperators.get(name)
  if (known === undefined) return undefined
  return (key, values, report) => {
    const seen = new Set<string>()
    const tests = values.flatMap(([value, at]) => {
      if (seen.has(value)) return []
      seen.add(value)
      const test = known.compile(value, version)
      if (test === undefined) report('invalidValue', at, `The value does not fit ${name}.`)
      return test ?? []
    })
    const folded = key === TAG_KEYS ? [...seen].flatMap(value => known.compile(value.toLowerCase(), version) ?? []) : []
    return {
      kind: 'comparison',
      key,
      quantifier: quantifier === undefined ? 'none' : quantifier === 'ForAllValues' ? 'forAllValues' : 'forAnyValue',
      ifExists: ifExists !== undefined,
      negated: known.negated,
      matches(actual, evaluation) {
        const isFolded = key === TAG_KEYS && evaluation.foldsTagKeys === true
        const text = isFolded ? actual.toLowerCase() : actual
        return (isFolded ? folded : tests).some(
          test => evaluation.budget.spend(1 + actual.length) && test(text, evaluation),
        )
      },
    }
  }
}

const parseNullTest: ParseCondition = (key, values, report) => {
  const flags = values.map(([value, at]) => {
    const flag = value.toLowerCase()
    if (flag !== 'true' && flag !== 'false') report('invalidValue', at, 'The value of Null must be true or false.')
    return flag
  })
  return { kind: 'null', key, mayBeAbsent: flags.includes('true'), mayBePresent: flags.includes('false') }
}

/** Strings, and JSON's numbers and booleans in their place, as IAM takes them. */
function conditionValues(value: unknown, path: string, report: ReportFault): readonly PathedValue[] {
  const items = listItems(value, path)
  if (items.length === 0) report('invalidValue', path, 'The list must not be empty.')
  return items.flatMap(([item, at]) => {
    if (typeof item === 'string' || typeof item === 'number' || typeof item === 'boolean') return [[String(item), at]]
    report('invalidValue', at, 'The value must be a string, a number or a boolean.')
    return []
  })
}

/**
 * Whether the condition holds. A key that is absent fails a positive operator, and satisfies a negated operator,
 * IfExists and ForAllValues. An absent key fails ForAnyValue of either sign (IAM, "Set operators for multivalued
 * context keys").
 */
export function conditionHolds(condition: Condition, evaluation: Evaluation): boolean {
  const values = evaluation.context.get(condition.key) ?? []
  if (condition.kind === 'null') return values.length === 0 ? condition.mayBeAbsent : condition.mayBePresent
  if (values.length === 0 && condition.ifExists) return true
  const holds = (value: string) => condition.matches(value, evaluation) !== condition.negated
  return everyValueMustHold(condition) ? values.every(holds) : values.some(holds)
}

/**
 * Whether each value must satisfy the condition. Without a quantifier, "not equal" to a set of values means: equal to
 * none of them.
 */
function everyValueMustHold({ quantifier, negated }: Comparison): boolean {
  return quantifier === 'forAllValues' || (quantifier === 'none' && negated)
}
