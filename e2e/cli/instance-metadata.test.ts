import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { StubAnswer, StubRequest } from '../support/http-stub.ts'
import { HOUR, ROLE, type RoleStubs, startRoleStubs } from './role-stubs.ts'

const TOKEN = '/imds/latest/api/token'
const ROLES = '/imds/latest/meta-data/iam/security-credentials/'
const ZONE = '/imds/latest/meta-data/placement/availability-zone/'

let stubs: RoleStubs
beforeEach(async () => {
  stubs = await startRoleStubs()
  stubs.answers['imds'] = metadata
})
afterEach(() => stubs?.[Symbol.asyncDispose]())

const { sessionToken: Token, accessKeyId: AccessKeyId, secretAccessKey: SecretAccessKey } = ROLE
const documents: Record<string, unknown> = {
  [TOKEN]: 'metadata-token',
  [ROLES]: 'web-server',
  [`${ROLES}web-server`]: {
    ...{ Code: 'Success', Type: 'AWS-HMAC', AccessKeyId, SecretAccessKey, Token },
    Expiration: new Date(Date.now() + HOUR).toISOString(),
  },
  [ZONE]: 'eu-west-1b',
}

/** The second version of the service: nothing without a token. */
function metadata({ target, method, headers }: StubRequest): StubAnswer {
  const isToken = target === TOKEN
  if (isToken ? method !== 'PUT' : headers['x-aws-ec2-metadata-token'] !== 'metadata-token')
    return { status: 401, body: '' }
  return { body: documents[target] }
}

/** Each path fails so often before it works. */
function failing(times: number, failure: StubAnswer) {
  const failures = new Map<string, number>()
  return (request: StubRequest): StubAnswer => {
    const count = failures.get(request.target) ?? 0
    if (count === times) return metadata(request)
    failures.set(request.target, count + 1)
    return failure
  }
}

/** Patient, so that a busy machine fails nothing but the tests of patience, which take the variable away. */
const onMachine = (env: Record<string, string | undefined> = {}, args: readonly string[] = []) =>
  stubs.describeRegistries(
    {
      AWS_EC2_METADATA_DISABLED: 'false',
      AWS_EC2_METADATA_SERVICE_ENDPOINT: `${stubs.url}/imds/`,
      AWS_METADATA_SERVICE_TIMEOUT: '30',
      ...env,
    },
    args,
  )
const IMPATIENT = { AWS_METADATA_SERVICE_TIMEOUT: undefined }
const NO_CREDENTIALS = 'Unable to locate credentials. You can configure credentials by running "aws configure".'

describe('the metadata of an instance', () => {
  it('has the keys of its role', async () => {
    await stubs.expectSigned(await onMachine())
    expect(stubs.asked('imds').map(({ method, target }) => `${method} ${target}`)).toEqual([
      `PUT ${TOKEN}`,
      `GET ${ROLES}`,
      `GET ${ROLES}web-server`,
    ])
  })

  it('has the region', async () => {
    const env = { AWS_REGION: undefined, AWS_ACCESS_KEY_ID: 'AKIAOWN', AWS_SECRET_ACCESS_KEY: 'own-secret' }
    await onMachine(env)
    expect(stubs.asked('registry')[0]?.headers['authorization']).toContain('/eu-west-1/ecr-public/')
  })

  it('is asked once, when nothing else is said', async () => {
    stubs.answers['imds'] = failing(1, { status: 500, body: '' })
    expect(stubs.refusal(await onMachine())).toEqual({ exitCode: 253, message: NO_CREDENTIALS })
    expect(stubs.asked('imds').map(({ target }) => target)).toEqual([TOKEN, ROLES])
  })

  it.each<[string, StubAnswer]>([
    ['fails', { status: 503, body: 'later' }],
    ['is empty', { body: '' }],
  ])('is asked as often as AWS_METADATA_SERVICE_NUM_ATTEMPTS says while it %s', async (_, failure) => {
    const failingDocuments = failing(2, failure)
    stubs.answers['imds'] = request => (request.target === TOKEN ? metadata(request) : failingDocuments(request))
    const tooFew = await onMachine({ AWS_METADATA_SERVICE_NUM_ATTEMPTS: '2' })
    expect(stubs.refusal(tooFew)).toEqual({ exitCode: 253, message: NO_CREDENTIALS })
    stubs.answers['imds'] = failing(2, { status: 503, body: '' })
    stubs.requests.length = 0
    await stubs.expectSigned(await onMachine({ AWS_METADATA_SERVICE_NUM_ATTEMPTS: '3' }))
    expect(stubs.asked('imds')).toHaveLength(9)
  })

  it('is asked as often as the profile says, unless the environment says otherwise', async () => {
    await stubs.write('.aws/config', '[profile patient]\nmetadata_service_num_attempts = 3\n')
    stubs.answers['imds'] = failing(2, { status: 503, body: '' })
    await stubs.expectSigned(await onMachine({}, ['--profile', 'patient']))
    stubs.answers['imds'] = failing(2, { status: 503, body: '' })
    stubs.requests.length = 0
    const outcome = await onMachine({ AWS_METADATA_SERVICE_NUM_ATTEMPTS: '1' }, ['--profile', 'patient'])
    expect(stubs.refusal(outcome).exitCode).toBe(253)
  })

  describe('that takes longer than a second', () => {
    const late = (request: StubRequest) =>
      new Promise<StubAnswer>(resolve => setTimeout(resolve, request.target === ROLES ? 1500 : 0, metadata(request)))

    it('is given up', async () => {
      stubs.answers['imds'] = late
      expect(stubs.refusal(await onMachine(IMPATIENT))).toEqual({ exitCode: 253, message: NO_CREDENTIALS })
    })

    it.each([
      ['AWS_METADATA_SERVICE_TIMEOUT', { AWS_METADATA_SERVICE_TIMEOUT: '30' }, ''],
      ['the profile', IMPATIENT, 'metadata_service_timeout = 30'],
    ])('is waited for when %s says so', async (_, env, option) => {
      await stubs.write('.aws/config', `[default]\n${option}\n`)
      stubs.answers['imds'] = late
      await stubs.expectSigned(await onMachine(env))
    })
  })

  it.each([
    ['has no tokens', { status: 404, body: '' }, '30'],
    ['loses the answer to the request for a token', undefined, '3'],
  ])('is read without a token where it %s', async (_, answer, timeout) => {
    stubs.answers['imds'] = ({ target }) => (target === TOKEN ? answer : { body: documents[target] })
    await stubs.expectSigned(await onMachine({ AWS_METADATA_SERVICE_TIMEOUT: timeout }))
  })

  it.each(['AWS_METADATA_SERVICE_NUM_ATTEMPTS', 'AWS_METADATA_SERVICE_TIMEOUT'])(
    'refuses a %s that is no number',
    async name => {
      expect(stubs.refusal(await onMachine({ [name]: 'many' }))).toEqual({
        exitCode: 255,
        message: "invalid literal for int() with base 10: 'many'",
      })
    },
  )

  it('is found at the endpoint of the profile', async () => {
    await stubs.write('.aws/config', `[default]\nec2_metadata_service_endpoint = ${stubs.url}/imds\n`)
    await stubs.expectSigned(await onMachine({ AWS_EC2_METADATA_SERVICE_ENDPOINT: undefined }))
  })
})
