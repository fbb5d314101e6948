import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { HOUR, ROLE, type RoleStubs, startRoleStubs } from './role-stubs.ts'

const ROLE_ARN = 'arn:aws:iam::111122223333:role/cleaner'
const TOKEN = 'eyJhbGciOiJub25lIn0.e30.'

let stubs: RoleStubs
let tokenFile: string
beforeEach(async () => {
  stubs = await startRoleStubs()
  stubs.answers['sts'] = ({ body }) => ({ body: granted(new URLSearchParams(body).get('Action') ?? '') })
  tokenFile = await stubs.write('token', TOKEN)
})
afterEach(() => stubs?.[Symbol.asyncDispose]())

const xmlns = 'https://sts.amazonaws.com/doc/2011-06-15/'
const granted = (action: string) => `<${action}Response xmlns="${xmlns}"><${action}Result>
  <AssumedRoleUser><Arn>${ROLE_ARN}/x</Arn><AssumedRoleId>AROA:x</AssumedRoleId></AssumedRoleUser>
  <Credentials>
    <AccessKeyId>${ROLE.accessKeyId}</AccessKeyId><SecretAccessKey>${ROLE.secretAccessKey}</SecretAccessKey>
    <SessionToken>${ROLE.sessionToken}</SessionToken><Expiration>${new Date(Date.now() + HOUR).toISOString()}</Expiration>
  </Credentials></${action}Result></${action}Response>`
const refused = (status: number, code: string, message: string) => () => ({
  status,
  body: `<ErrorResponse xmlns="${xmlns}"><Error><Type>Sender</Type><Code>${code}</Code><Message>${message}</Message></Error></ErrorResponse>`,
})
const inEnvironment = () => ({ AWS_WEB_IDENTITY_TOKEN_FILE: tokenFile, AWS_ROLE_ARN: ROLE_ARN })
const askedOfSts = () => stubs.asked('sts').map(({ body }) => Object.fromEntries(new URLSearchParams(body)))

describe('a web identity', () => {
  it('gives its role, as the environment names it', async () => {
    await stubs.expectSigned(await stubs.describeRegistries({ ...inEnvironment(), AWS_ROLE_SESSION_NAME: 'nightly' }))
    expect(askedOfSts()).toMatchObject([
      {
        Action: 'AssumeRoleWithWebIdentity',
        RoleArn: ROLE_ARN,
        RoleSessionName: 'nightly',
        WebIdentityToken: TOKEN,
      },
    ])
    expect(stubs.asked('sts')[0]?.headers['authorization']).toBeUndefined()
  })

  it('gives its role, as a profile names it', async () => {
    const profile = `[profile pod]\nrole_arn = ${ROLE_ARN}\nweb_identity_token_file = ${tokenFile}\nrole_session_name = web\n`
    await stubs.write('.aws/config', profile)
    await stubs.expectSigned(await stubs.describeRegistries({}, ['--profile', 'pod']))
    expect(askedOfSts()).toMatchObject([{ RoleArn: ROLE_ARN, RoleSessionName: 'web', WebIdentityToken: TOKEN }])
  })

  it('asks in the region of the command, by the proxy of the environment', async () => {
    const elsewhere = { AWS_ENDPOINT_URL_STS: '', HTTPS_PROXY: stubs.url }
    stubs.refusal(await stubs.describeRegistries({ ...inEnvironment(), ...elsewhere }, ['--region', 'eu-west-1']))
    expect(stubs.requests[0]).toMatchObject({ method: 'CONNECT', target: 'sts.eu-west-1.amazonaws.com:443' })
  })

  it('of the environment yields to a profile that --profile names', async () => {
    const keys = { accessKeyId: 'AKIAOWN', secretAccessKey: 'own-secret' }
    const own = `[own]\naws_access_key_id = ${keys.accessKeyId}\naws_secret_access_key = ${keys.secretAccessKey}\n`
    await stubs.write('.aws/credentials', own)
    await stubs.expectSigned(await stubs.describeRegistries(inEnvironment(), ['--profile', 'own']), keys)
    expect(stubs.asked('sts')).toEqual([])
  })

  it('may be the source of another role', async () => {
    const pod = `[profile pod]\nrole_arn = ${ROLE_ARN}\nweb_identity_token_file = ${tokenFile}\n`
    const other = `[default]\nrole_arn = ${ROLE_ARN}-2\nsource_profile = pod\n`
    await stubs.write('.aws/config', pod + other)
    await stubs.expectSigned(await stubs.describeRegistries())
    expect(askedOfSts()).toMatchObject([
      { Action: 'AssumeRoleWithWebIdentity', RoleArn: ROLE_ARN },
      { Action: 'AssumeRole', RoleArn: `${ROLE_ARN}-2` },
    ])
    expect(stubs.asked('sts')[1]?.headers['authorization']).toContain(`Credential=${ROLE.accessKeyId}/`)
  })

  it.each([
    [
      'has expired',
      'ExpiredTokenException',
      'Token expired: current date/time 2 must be before the expiration date/time 1',
    ],
    ['is not valid', 'InvalidIdentityToken', 'No OpenIDConnect provider found in your account for https://idp.example'],
    ['may not have the role', 'AccessDenied', 'Not authorized to perform sts:AssumeRoleWithWebIdentity'],
  ])('says why no keys are given to one that %s', async (_, code, reason) => {
    stubs.answers['sts'] = refused(code === 'AccessDenied' ? 403 : 400, code, reason)
    expect(stubs.refusal(await stubs.describeRegistries(inEnvironment()))).toEqual({
      exitCode: 254,
      message: `An error occurred (${code}) when calling the AssumeRoleWithWebIdentity operation: ${reason}`,
    })
  })

  it.each([
    [200, 'hello'],
    [200, '{}'],
    [404, ''],
    [500, '<html>no</html>'],
  ])('tells that what answered, with %i and %j, is no such service', async (status, body) => {
    stubs.answers['sts'] = () => ({ status, body })
    expect(stubs.refusal(await stubs.describeRegistries(inEnvironment()))).toEqual({
      exitCode: 255,
      message: `${stubs.url}/sts/ answered with status ${status}, but not as a service of AWS does: is this endpoint meant?`,
    })
  })

  it('needs its token', async () => {
    const nowhere = `${stubs.home}/nowhere`
    const outcome = await stubs.describeRegistries({ ...inEnvironment(), AWS_WEB_IDENTITY_TOKEN_FILE: nowhere })
    expect(stubs.refusal(outcome)).toEqual({
      exitCode: 255,
      message: `[Errno 2] No such file or directory: '${nowhere}'`,
    })
  })

  it('needs a role', async () => {
    const outcome = await stubs.describeRegistries({ AWS_WEB_IDENTITY_TOKEN_FILE: tokenFile })
    const { exitCode, message } = stubs.refusal(outcome)
    expect(exitCode).toBe(255)
    expect(message).toContain('has no role ARN configured')
  })

  it('tells when the service cannot be reached', async () => {
    const outcome = await stubs.describeRegistries({ ...inEnvironment(), AWS_ENDPOINT_URL_STS: 'http://127.0.0.1:9' })
    expect(stubs.refusal(outcome)).toEqual({
      exitCode: 255,
      message: 'Could not connect to the endpoint URL: "http://127.0.0.1:9/"',
    })
  })
})
