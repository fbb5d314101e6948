import { expect, it } from 'vitest'
import { environmentOf } from '../../testing/run-main.ts'
import { strongerVariables } from './stronger-variables.ts'

const REGISTRY = { endpoint: 'https://127.0.0.1:5000', region: 'us-east-1' }

it.each([
  [{}, []],
  [{ AWS_PROFILE: 'work', AWS_CONFIG_FILE: '/f', AWS_SESSION_TOKEN: 'alone' }, []],
  [{ AWS_ACCESS_KEY_ID: 'A', AWS_SESSION_TOKEN: 's' }, ['AWS_ACCESS_KEY_ID', 'AWS_SESSION_TOKEN']],
  [{ AWS_ACCESS_KEY_ID: '', AWS_REGION: '' }, []],
  [{ AWS_REGION: 'us-east-1', AWS_DEFAULT_REGION: 'eu-west-1' }, ['AWS_DEFAULT_REGION']],
  [
    { AWS_ENDPOINT_URL: 'https://127.0.0.1:5000', AWS_ENDPOINT_URL_ECR_PUBLIC: 'http://x' },
    ['AWS_ENDPOINT_URL_ECR_PUBLIC'],
  ],
  [{ AWS_IGNORE_CONFIGURED_ENDPOINT_URLS: 'True' }, ['AWS_IGNORE_CONFIGURED_ENDPOINT_URLS']],
  [{ AWS_IGNORE_CONFIGURED_ENDPOINT_URLS: 'false', AWS_CA_BUNDLE: '/ca.pem' }, []],
  [{ AWS_CA_BUNDLE: '/others.pem' }, ['AWS_CA_BUNDLE']],
])('of %o come before the profile: %j', (env, names) => {
  expect(strongerVariables(environmentOf(env), REGISTRY, '/ca.pem')).toEqual(names)
})

it('leaves the bundle of the shell to a profile that has none', () => {
  expect(strongerVariables(environmentOf({ AWS_CA_BUNDLE: '/ca.pem' }), REGISTRY, undefined)).toEqual([])
})
