import type { IncomingMessage } from 'node:http'
import type { ProblemOf } from '../../../domain/problem.ts'
import type { Origins } from '../../origins.ts'

/** A problem that a client may solve by showing other credentials. */
export type ChallengeProblem = ProblemOf<'credentialsMissing' | 'credentialsRefused' | 'scopeInsufficient'>

/**
 * Makes the function that makes the `WWW-Authenticate` value of a 401, as ECR Public's: its constant scope `aws` leaves
 * the token unscoped. A client whose token was too narrow is told the scope to ask for.
 */
export function createChallenge(origins: Origins): (request: IncomingMessage, problem: ChallengeProblem) => string {
  return (request, problem) => {
    const service = origins.registryHost(request)
    const bearer = `Bearer realm="${origins.url(request)}/token/",service="${service}"`
    switch (problem.kind) {
      case 'scopeInsufficient':
        return `${bearer},scope="${problem.scope}",error="insufficient_scope"`
      case 'credentialsRefused':
      case 'credentialsMissing':
        return `${bearer},scope="aws"`
    }
  }
}
