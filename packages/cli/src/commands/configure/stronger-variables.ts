import { type Environment, setting } from '../../environment.ts'
import type { LocalRegistry } from './find-local-registry.ts'

const KEY = ['AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY', 'AWS_SESSION_TOKEN']

/**
 * The variables of this shell that come before what a profile for the registry says, so that AWS tools would go
 * elsewhere or as somebody else, though the profile is chosen.
 */
export function strongerVariables(
  environment: Environment,
  { endpoint, region }: Pick<LocalRegistry, 'endpoint' | 'region'>,
  caBundle: string | undefined,
): string[] {
  const given = (name: string) => setting(environment, name)
  const differing = (names: readonly string[], value: string | undefined) =>
    value === undefined ? [] : names.filter(name => given(name) !== undefined && given(name) !== value)
  return [
    ...((given('AWS_ACCESS_KEY_ID') ?? given('AWS_SECRET_ACCESS_KEY')) === undefined ? [] : KEY.filter(given)),
    ...differing(['AWS_REGION', 'AWS_DEFAULT_REGION'], region),
    ...differing(['AWS_ENDPOINT_URL', 'AWS_ENDPOINT_URL_ECR_PUBLIC'], endpoint),
    ...(given('AWS_IGNORE_CONFIGURED_ENDPOINT_URLS')?.toLowerCase() === 'true'
      ? ['AWS_IGNORE_CONFIGURED_ENDPOINT_URLS']
      : []),
    ...differing(['AWS_CA_BUNDLE'], caBundle),
  ]
}
