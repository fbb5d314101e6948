import { type Glob, joinGlobs, literalGlob, parseGlob } from '@berth/lifecycle'
import { conditionKey, type RequestContext } from './request-context.ts'
import type { StepBudget } from './step-budget.ts'

/** The request that a policy is evaluated for, and what the evaluation may still cost. */
export interface Evaluation {
  readonly context: RequestContext
  readonly budget: StepBudget
  /** Whether `aws:TagKeys` compares without regard to case. IAM's text on tag keys can be read in both ways. */
  readonly foldsTagKeys?: boolean | undefined
}

/** A policy's version; variables are plain text before 2012-10-17. */
export type PolicyVersion = '2008-10-17' | '2012-10-17'

type Part =
  | { readonly kind: 'text'; readonly text: string }
  /** `${*}`, `${?}` and `${$}`: the character itself, never a wildcard. */
  | { readonly kind: 'quoted'; readonly text: string }
  | {
      readonly kind: 'variable'
      readonly name: string
      readonly key: string
      readonly fallback: string | undefined
    }

/** A policy value that may hold variables. */
export type Template = readonly Part[]

/** `${key}` or `${key, 'fallback'}`, or a quoted wildcard or dollar sign. */
const VARIABLE = /^(?:(?<quoted>[*?$])|(?<key>[^\s,'{}$]+)\s*(?:,\s*'(?<fallback>[^']*)'\s*)?)$/

/** Reads a policy value; undefined where a `${` is not closed or holds no variable. */
export function parseTemplate(text: string, version: PolicyVersion): Template | undefined {
  if (version === '2008-10-17') return [{ kind: 'text', text }]
  const parts: Part[] = []
  let at = 0
  for (;;) {
    const open = text.indexOf('${', at)
    if (open > at || (open < 0 && at < text.length)) {
      parts.push({ kind: 'text', text: open < 0 ? text.slice(at) : text.slice(at, open) })
    }
    if (open < 0) return parts
    const close = text.indexOf('}', open)
    const groups = close < 0 ? undefined : VARIABLE.exec(text.slice(open + 2, close).trim())?.groups
    if (groups === undefined) return undefined
    const { quoted, key = '', fallback } = groups
    parts.push(
      quoted === undefined
        ? { kind: 'variable', name: key, key: conditionKey(key), fallback }
        : { kind: 'quoted', text: quoted },
    )
    at = close + 1
  }
}

/** The names of the template's variables, as their author spelled them. */
export const variablesOf = (template: Template): string[] =>
  template.flatMap(part => (part.kind === 'variable' ? [part.name] : []))

/** The text with its variables filled in; undefined where a variable has no value. Nothing equals such a text. */
export function expandText(template: Template, evaluation: Evaluation): string | undefined {
  let text = ''
  for (const part of template) {
    const piece = textOf(part, evaluation)
    if (piece === undefined) return undefined
    text += piece
  }
  return text
}

/**
 * As `expandText`, with the wildcards that the policy's author wrote. A wildcard inside of a variable's value is
 * literal.
 */
export function expandGlob(template: Template, evaluation: Evaluation): Glob | undefined {
  const globs: Glob[] = []
  for (const part of template) {
    const piece = textOf(part, evaluation)
    if (piece === undefined) return undefined
    globs.push(part.kind === 'text' ? parseGlob(piece) : literalGlob(piece))
  }
  return joinGlobs(globs)
}

/**
 * The text of a part; undefined where a variable has no value, and where no steps are left for it: a few characters of
 * a policy may stand for thousands.
 */
function textOf(part: Part, { context, budget }: Evaluation): string | undefined {
  const text = part.kind === 'variable' ? variableValue(part.key, part.fallback, context) : part.text
  return text !== undefined && budget.spend(text.length) ? text : undefined
}

/** A key with several values cannot be a variable (IAM, "Policy variables"). */
function variableValue(key: string, fallback: string | undefined, context: RequestContext): string | undefined {
  const values = context.get(key)
  return values === undefined ? fallback : values.length === 1 ? values[0] : undefined
}
