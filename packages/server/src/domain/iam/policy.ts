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
  /** The principals that the statement is about. Undefined in identity policies: those are about their owner. */
  readonly principals: Principals | undefined
  /** Patterns of actions in lower case, since IAM ignores the case of actions. */
  readonly actions: Patterns<Glob>
  /** What the statement is about. Undefined in repository policies: they are about the repository they hang on. */
  readonly resources: Patterns<Template> | undefined
  readonly conditions: readonly Condition[]
  /** The condition keys that conditions and variables look at, each with the author's spelling. */
  readonly keys: ReadonlyMap<string, string>
}

/** The patterns of an element. `negated` marks its Not form, which means all that no pattern matches. */
export interface Patterns<Pattern> {
  readonly negated: boolean
  readonly patterns: readonly Pattern[]
}

export interface Principals {
  readonly negated: boolean
  readonly everyone: boolean
  /** Accounts that the policy names by id or by the ARN of their root. */
  readonly accounts: ReadonlySet<AccountId>
  /**
   * Users that the policy names by ARN. A name alone matches nobody: `bindPrincipals` puts the id of the user who had
   * the name in its place.
   */
  readonly userArns: ReadonlySet<string>
  readonly userIds: ReadonlySet<string>
}

/**
 * Whom a repository policy named when it was set. Any other name in it matches nobody, whoever gets that name later.
 */
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
  /** True for StringNotEquals and the like, which hold where `matches` does not. */
  readonly negated: boolean
  /** Whether one of the policy's values matches this value of the request. */
  readonly matches: ValueTest
}

/** The `Null` operator. `true` among the policy's values lets the key be absent, `false` lets it be there. */
export interface NullTest {
  readonly kind: 'null'
  readonly key: string
  readonly mayBeAbsent: boolean
  readonly mayBePresent: boolean
}

/** Tests one value of a request. The answer counts for nothing once the evaluation's budget is spent. */
export type ValueTest = (actual: string, evaluation: Evaluation) => boolean
