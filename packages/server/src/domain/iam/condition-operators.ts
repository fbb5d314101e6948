import { BlockList, isIP } from 'node:net'
import { type Glob, matchesGlob } from '@berth/lifecycle'
import type { ValueTest } from './policy.ts'
import type { StepBudget } from './step-budget.ts'
import { expandGlob, expandText, type PolicyVersion, parseTemplate } from './template.ts'

export interface ConditionOperator {
  readonly negated: boolean
  /** Makes the test of one policy value; undefined where the value breaks the operator's grammar. */
  readonly compile: (value: string, version: PolicyVersion) => ValueTest | undefined
}

type Compile = ConditionOperator['compile']

const equalText =
  (fold: (text: string) => string): Compile =>
  (value, version) => {
    const template = parseTemplate(value, version)
    if (template === undefined) return undefined
    return (actual, evaluation) => {
      const expected = expandText(template, evaluation)
      return expected !== undefined && fold(actual) === fold(expected)
    }
  }

const likeText: Compile = (value, version) => {
  const template = parseTemplate(value, version)
  if (template === undefined) return undefined
  return (actual, evaluation) => {
    const glob = expandGlob(template, evaluation)
    return glob !== undefined && matchesWithin(evaluation.budget, glob, actual)
  }
}

/** ARNs match part by part, so that no wildcard reaches over a colon; only the sixth part may hold colons. */
const likeArn: Compile = (value, version) => {
  const template = parseTemplate(value, version)
  if (template === undefined) return undefined
  return (actual, evaluation) => {
    const glob = expandGlob(template, evaluation)
    if (glob === undefined) return false
    const patterns = patternsOfArn(glob)
    const parts = partsOfArn(actual)
    return (
      patterns.length === ARN_PARTS &&
      parts.length === ARN_PARTS &&
      patterns.every((pattern, index) => matchesWithin(evaluation.budget, pattern, parts[index] ?? ''))
    )
  }
}

const ARN_PARTS = 6

/** The text between the first colons, at most `parts` of it; the last may hold more colons. */
function partsOfArn(text: string, parts = ARN_PARTS): string[] {
  const pieces = text.split(':')
  return pieces.length <= parts ? pieces : [...pieces.slice(0, parts - 1), pieces.slice(parts - 1).join(':')]
}

/** The parts of a pattern for ARNs: colons part it only where they are written, or stand in a variable's value. */
function patternsOfArn(glob: Glob): Glob[] {
  let open: string[][] = [[]]
  const patterns = [open]
  for (const [index, part] of glob.entries()) {
    if (index > 0) open.push([])
    for (const run of part) {
      const [text = '', ...others] = partsOfArn(run, ARN_PARTS - patterns.length + 1)
      open.at(-1)?.push(text)
      for (const other of others) {
        open = [[other]]
        patterns.push(open)
      }
    }
  }
  return patterns
}

const matchesWithin = (budget: StepBudget, glob: Glob, text: string): boolean =>
  matchesGlob(glob, text, steps => budget.spend(steps))

const ordered =
  (parse: (text: string) => number | undefined, holds: (actual: number, expected: number) => boolean): Compile =>
  value => {
    const expected = parse(value)
    if (expected === undefined) return undefined
    return text => {
      const actual = parse(text)
      return actual !== undefined && holds(actual, expected)
    }
  }

const NUMBER = /^[+-]?[0-9]+(?:\.[0-9]+)?$/
const parseNumber = (text: string): number | undefined => (NUMBER.test(text) ? Number(text) : undefined)

const EPOCH_SECONDS = /^[0-9]+$/
/** The forms of W3C's ISO 8601 profile that name a day; a time of day must carry its zone. */
const ISO_8601 =
  /^[0-9]{4}-[0-9]{2}-[0-9]{2}(?:T[0-9]{2}:[0-9]{2}(?::[0-9]{2}(?:\.[0-9]+)?)?(?:Z|[+-][0-9]{2}:[0-9]{2}))?$/

/** Milliseconds since 1970. */
function parseDate(text: string): number | undefined {
  const time = EPOCH_SECONDS.test(text) ? Number(text) * 1000 : ISO_8601.test(text) ? Date.parse(text) : Number.NaN
  return Number.isNaN(time) ? undefined : time
}

const bool: Compile = value => {
  const expected = value.toLowerCase()
  return expected === 'true' || expected === 'false' ? actual => actual.toLowerCase() === expected : undefined
}

const PREFIX_LENGTH = /^(?:0|[1-9][0-9]{0,2})$/

const inNetwork: Compile = value => {
  const [address = '', prefix, ...rest] = value.split('/')
  const version = isIP(address)
  const maxLength = version === 4 ? 32 : 128
  if (version === 0 || address.includes('%') || rest.length > 0) return undefined
  if (prefix !== undefined && (!PREFIX_LENGTH.test(prefix) || Number(prefix) > maxLength)) return undefined
  const network = new BlockList()
  network.addSubnet(address, prefix === undefined ? maxLength : Number(prefix), version === 4 ? 'ipv4' : 'ipv6')
  return actual => {
    const [plain = ''] = actual.split('%')
    const actualVersion = isIP(plain)
    return actualVersion !== 0 && network.check(plain, actualVersion === 4 ? 'ipv4' : 'ipv6')
  }
}

const equal = (a: number, b: number) => a === b
const less = (a: number, b: number) => a < b
const lessOrEqual = (a: number, b: number) => a <= b
const greater = (a: number, b: number) => a > b
const greaterOrEqual = (a: number, b: number) => a >= b

const when = (compile: Compile): ConditionOperator => ({ negated: false, compile })
const unless = (compile: Compile): ConditionOperator => ({ negated: true, compile })

const exactly = equalText(text => text)
const ignoringCase = equalText(text => text.toLowerCase())

/** Every operator but `Null`, which looks at the key alone (IAM, "Condition operators"). */
export const conditionOperators: ReadonlyMap<string, ConditionOperator> = new Map([
  ['StringEquals', when(exactly)],
  ['StringNotEquals', unless(exactly)],
  ['StringEqualsIgnoreCase', when(ignoringCase)],
  ['StringNotEqualsIgnoreCase', unless(ignoringCase)],
  ['StringLike', when(likeText)],
  ['StringNotLike', unless(likeText)],
  ['ArnEquals', when(likeArn)],
  ['ArnLike', when(likeArn)],
  ['ArnNotEquals', unless(likeArn)],
  ['ArnNotLike', unless(likeArn)],
  ['NumericEquals', when(ordered(parseNumber, equal))],
  ['NumericNotEquals', unless(ordered(parseNumber, equal))],
  ['NumericLessThan', when(ordered(parseNumber, less))],
  ['NumericLessThanEquals', when(ordered(parseNumber, lessOrEqual))],
  ['NumericGreaterThan', when(ordered(parseNumber, greater))],
  ['NumericGreaterThanEquals', when(ordered(parseNumber, greaterOrEqual))],
  ['DateEquals', when(ordered(parseDate, equal))],
  ['DateNotEquals', unless(ordered(parseDate, equal))],
  ['DateLessThan', when(ordered(parseDate, less))],
  ['DateLessThanEquals', when(ordered(parseDate, lessOrEqual))],
  ['DateGreaterThan', when(ordered(parseDate, greater))],
  ['DateGreaterThanEquals', when(ordered(parseDate, greaterOrEqual))],
  ['Bool', when(bool)],
  ['IpAddress', when(inNetwork)],
  ['NotIpAddress', unless(inNetwork)],
])
