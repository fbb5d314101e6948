import type { Glob } from '@berth/lifecycle'
import type { AccountId } from '../names.ts'
import type { Evaluation, PolicyVersion, Template } from './template.ts'

/** An identity policy hangs on a user and names resources; a repository policy hangs on one and names principals. */
export type PolicyKind = 'identity' | 'repository'

/** A policy that `parsePolicy` found sound. */
export interface Policy {
  readonly version: PolicyVersion
  readonly id: string | undefined
  readonly statements: readonly Statement[]
}

export interface Statement {
  readonly sid: string | undefined
  readonly effect: 'Allow' | 'Deny'
  /** Undefined in identity policies: whoever the policy hangs on. */
  readonly principals: Principals | undefined
  /** Lower case, since actions are case-insensitive. */
  readonly actions: Patterns<Glob>
  /** Undefined in repository policies: the repository. */
  readonly resources: Patterns<Template> | undefined
  readonly conditions: readonly Condition[]
  /** What conditions and variables look at: condition keys, each with the author's spelling of it. */
  readonly keys: ReadonlyMap<string, string>
}

/** `negated` is the Not form of an element: all that no pattern matches. */
export interface Patterns<Pattern> {
  readonly negated: boolean
  readonly patterns: readonly Pattern[]
}

export interface Principals {
  readonly negated: boolean
  readonly everyone: boolean
  /** Named by account id or by the account's root ARN. */
  readonly accounts: ReadonlySet<AccountId>
  /** Names alone match nobody: `bindPrincipals` puts the ids of those who had them into their place. */
  readonly userArns: ReadonlySet<string>
  readonly userIds: ReadonlySet<string>
}

/** Whom a repository policy named when it was set. What it names besides matches nobody, whoever is made later. */
export interface BoundPrincipals {
  readonly accounts: readonly AccountId[]
  /** The unique ids of users, by their ARNs. */
  readonly users: Readonly<Record<string, string>>
}

export type Condition = Comparison | NullTest

/** One operator on one key, with the policy's values folded into `matches`. */
export interface Comparison {
  readonly kind: 'comparison'
  readonly key: string
  readonly quantifier: 'none' | 'forAllValues' | 'forAnyValue'
  readonly ifExists: boolean
  /** True for StringNotEquals and its like, which hold where `matches` does not. */
  readonly negated: boolean
  /** Does one of the policy's values match this value of the request? */
  readonly matches: ValueTest
}

/** The `Null` operator: `true` among the policy's values allows the key to be absent, `false` to be there. */
export interface NullTest {
  readonly kind: 'null'
  readonly key: string
  readonly mayBeAbsent: boolean
  readonly mayBePresent: boolean
}

/** Answers nothing that counts once the evaluation's budget is spent. */
export type ValueTest = (actual: string, evaluation: Evaluation) => boolean
