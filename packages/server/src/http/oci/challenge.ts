import type { IncomingMessage } from 'node:http'
import type { ProblemOf } from '../../domain/problem.ts'
import type { Origins } from '../origins.ts'

/** A problem that a client may solve by showing other credentials. */
export type ChallengeProblem = ProblemOf<'credentialsMissing' | 'credentialsRefused' | 'scopeInsufficient'>

/**
 * The `WWW-Authenticate` of a 401, as ECR Public words it: the constant scope `aws` asks for all that the
 * caller may do. A token that was too narrow is told the scope it lacks (RFC 6750, section 3.1), which
 * Podman and Skopeo ask for then.
 */
export function challengeFor(origins: Origins, request: IncomingMessage, problem: ChallengeProblem): string {
  const where = `Bearer realm="${origins.url(request)}/token/",service="${origins.registryHost(request)}"`
  switch (problem.kind) {
    case 'credentialsMissing':
      return `${where},scope="aws"`
    case 'credentialsRefused':
      return `${where},scope="aws",error="invalid_token"`
    case 'scopeInsufficient':
      return `${where},scope="${problem.scope}",error="insufficient_scope"`
  }
}
