import { AdminError, type AdminProblem, type CoreProblem, RegistryError } from '../domain/problem.ts'

/**
 * The problems that a command line can be told. Of the core's, these are only what its arguments and the stores give
 * rise to.
 */
type Problem = AdminProblem | Extract<CoreProblem, { kind: CoreKind }>
type CoreKind = 'accountIdInvalid' | 'aliasInvalid' | 'parameterInvalid' | 'unavailable' | 'storageFull'
type Words<Kind> = (problem: Extract<Problem, { kind: Kind }>) => string

const words = {
  accountIdInvalid: p => `'${p.text}' is no account id, which is 12 digits.`,
  aliasInvalid: p =>
    `'${p.text}' is no registry alias: 2 to 50 of a-z, 0-9 and single . _ - between them, a letter first.`,
  parameterInvalid: p => `--${p.member} cannot be used so: ${p.constraint}.`,
  unavailable: p => p.what,
  storageFull: p => p.what,
  accountExists: p => `The account ${p.accountId} exists already.`,
  accountNotFound: p => `There is no account ${p.accountId}; \`berthd admin account list\` shows those that are there.`,
  aliasExists: p => `The alias ${p.alias} is taken.`,
  aliasNotFound: p => `There is no alias ${p.alias}.`,
  aliasInUse: p => `The alias ${p.alias} stays: ${p.reason}.`,
  aliasReserved: p => `The alias ${p.alias} cannot be given: the server itself answers under /${p.alias}.`,
  userExists: p => `The user ${p.userName} exists already.`,
  userNotFound: p => `There is no user ${p.userName} in account ${p.accountId}.`,
  userPolicyNotFound: p => `The user ${p.userName} has no policy ${p.policyName}.`,
  accessKeyNotFound: p => `There is no access key ${p.accessKeyId}.`,
} as const satisfies { [Kind in Problem['kind']]: Words<Kind> }

/** A problem in words for the operator; undefined for what is a fault of berth's own. */
export function wordsOf(error: unknown): string | undefined {
  if (!(error instanceof AdminError || error instanceof RegistryError) || !isSaid(error.problem)) return undefined
  // The table ties each kind to its own words, which TypeScript cannot follow through a look-up.
  return (words[error.problem.kind] as Words<Problem['kind']>)(error.problem as never)
}

const isSaid = (problem: AdminProblem | CoreProblem): problem is Problem => Object.hasOwn(words, problem.kind)
