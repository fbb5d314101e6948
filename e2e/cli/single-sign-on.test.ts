import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { HOUR, ROLE, type RoleStubs, startRoleStubs } from './role-stubs.ts'

const START_URL = 'https://corp.awsapps.com/start'
const role = 'sso_account_id = 111122223333\nsso_role_name = cleaner\n'
const session = `[sso-session corp]\nsso_start_url = ${START_URL}\nsso_region = eu-west-1\n`
const legacy = `[default]\nsso_start_url = ${START_URL}\nsso_region = eu-west-1\n${role}`
const modern = `[default]\nsso_session = corp\n${role}${session}`
const cacheFile = (name: string) => `.aws/sso/cache/${createHash('sha1').update(name).digest('hex')}.json`
const cached = (name: string, token: object) =>
  stubs.write(cacheFile(name), JSON.stringify({ accessToken: 'portal-token', ...token }))
const inFuture = (milliseconds: number) => new Date(Date.now() + milliseconds).toISOString()
const roleKeys = () => ({ body: { roleCredentials: { ...ROLE, expiration: Date.now() + HOUR } } })

let stubs: RoleStubs
beforeEach(async () => {
  stubs = await startRoleStubs()
  stubs.answers['sso'] = roleKeys
})
afterEach(() => stubs?.[Symbol.asyncDispose]())

describe('single sign-on', () => {
  it.each([
    ['a session', modern, 'corp'],
    ['a start URL of its own', legacy, START_URL],
  ])('gives the role of a profile with %s', async (_, config, name) => {
    await stubs.write('.aws/config', config)
    await cached(name, { expiresAt: inFuture(HOUR) })
    await stubs.expectSigned(await stubs.describeRegistries())
    expect(stubs.asked('sso')).toMatchObject([
      {
        method: 'GET',
        target: '/sso/federation/credentials?role_name=cleaner&account_id=111122223333',
        headers: { 'x-amz-sso_bearer_token': 'portal-token' },
      },
    ])
    expect(stubs.asked('oidc')).toEqual([])
  })

  it('is that of the profile that --profile names, at the endpoints this profile names', async () => {
    const profile = modern.replace('[default]', '[profile work]\nservices = stubs')
    const services = `[services stubs]\nsso =\n  endpoint_url = ${stubs.url}/sso\n`
    await stubs.write('.aws/config', profile + services)
    await cached('corp', { expiresAt: inFuture(HOUR) })
    // Were the profile not asked, this is where nobody listens.
    const elsewhere = { AWS_ENDPOINT_URL_SSO: '', AWS_ENDPOINT_URL: '', HTTPS_PROXY: 'http://127.0.0.1:9' }
    await stubs.expectSigned(await stubs.describeRegistries(elsewhere, ['--profile', 'work']))
  })

  it('asks in the region of the session, not in that of the command', async () => {
    await stubs.write('.aws/config', modern)
    await cached('corp', { expiresAt: inFuture(HOUR) })
    stubs.refusal(await stubs.describeRegistries({ AWS_ENDPOINT_URL_SSO: '', HTTPS_PROXY: stubs.url }))
    expect(stubs.requests[0]).toMatchObject({ method: 'CONNECT', target: 'portal.sso.eu-west-1.amazonaws.com:443' })
  })

  it('renews a token that runs out, and keeps the new one', async () => {
    await stubs.write('.aws/config', modern)
    const client = { clientId: 'client', clientSecret: 'client-secret', registrationExpiresAt: inFuture(24 * HOUR) }
    await cached('corp', { expiresAt: inFuture(-HOUR), refreshToken: 'renew', ...client })
    stubs.answers['oidc'] = () => ({ body: { accessToken: 'new-token', expiresIn: 3600, refreshToken: 'renew-again' } })
    await stubs.expectSigned(await stubs.describeRegistries())
    expect(stubs.asked('oidc')).toMatchObject([{ method: 'POST', target: '/oidc/token' }])
    expect(JSON.parse(stubs.asked('oidc')[0]?.body ?? '')).toEqual({
      clientId: 'client',
      clientSecret: 'client-secret',
      grantType: 'refresh_token',
      refreshToken: 'renew',
    })
    expect(stubs.asked('sso')).toMatchObject([{ headers: { 'x-amz-sso_bearer_token': 'new-token' } }])
    const kept = JSON.parse(await readFile(`${stubs.home}/${cacheFile('corp')}`, 'utf8'))
    expect(kept).toMatchObject({ accessToken: 'new-token', refreshToken: 'renew-again', clientId: 'client' })
    expect(Date.parse(kept.expiresAt)).toBeGreaterThan(Date.now())
  })

  it.each([
    ['cannot be renewed', {}],
    ['is not renewed', { refreshToken: 'renew', clientId: 'client', clientSecret: 'client-secret' }],
  ])('says how to log in again when the token has run out and %s', async (_, more) => {
    await stubs.write('.aws/config', modern)
    await cached('corp', { expiresAt: inFuture(-HOUR), ...more })
    stubs.answers['oidc'] = () => ({ status: 400, body: { error: 'invalid_grant', error_description: 'no' } })
    const { exitCode, message } = stubs.refusal(await stubs.describeRegistries())
    expect(exitCode).toBe(255)
    expect(message).toMatch(/aws sso login/)
    expect(stubs.asked('sso')).toEqual([])
  })

  it.each([
    ['nobody has logged in', modern, undefined, 'Error loading SSO Token: Token for corp does not exist'],
    ['the token file is none', legacy, '{', `Error loading SSO Token: Token for ${START_URL} is invalid`],
    [
      'there is no such session',
      modern.replace('corp]', 'other]'),
      '{}',
      'The specified sso-session does not exist: "corp"',
    ],
    [
      'an option is missing',
      modern.replace(/sso_role_name.*\n/, ''),
      '{}',
      'The profile "default" is configured to use SSO but is missing required configuration: sso_role_name',
    ],
    [
      'profile and session contradict each other',
      `[default]\nsso_region = us-east-1\nsso_session = corp\n${role}${session}`,
      '{}',
      'The value for sso_region is inconsistent between profile (us-east-1) and sso-session (eu-west-1).',
    ],
  ])('says what to do when %s', async (_, config, token, expected) => {
    await stubs.write('.aws/config', config)
    if (token !== undefined) {
      for (const name of ['corp', START_URL]) await stubs.write(cacheFile(name), token)
    }
    const { exitCode, message } = stubs.refusal(await stubs.describeRegistries())
    expect(exitCode).toBe(255)
    expect(message).toContain(expected)
  })

  it('says what to do when the portal no longer takes the token', async () => {
    await stubs.write('.aws/config', modern)
    await cached('corp', { expiresAt: inFuture(HOUR) })
    const headers = { 'x-amzn-errortype': 'UnauthorizedException' }
    stubs.answers['sso'] = () => ({ status: 401, headers, body: { message: 'Session token not found or invalid' } })
    expect(stubs.refusal(await stubs.describeRegistries())).toEqual({
      exitCode: 255,
      message:
        'The SSO session associated with this profile has expired or is otherwise invalid. To refresh this SSO session run aws sso login with the corresponding profile.',
    })
  })

  it('tells what the portal refuses as an error of the service', async () => {
    await stubs.write('.aws/config', modern)
    await cached('corp', { expiresAt: inFuture(HOUR) })
    const headers = { 'x-amzn-errortype': 'ForbiddenException' }
    stubs.answers['sso'] = () => ({ status: 403, headers, body: { message: 'No access' } })
    expect(stubs.refusal(await stubs.describeRegistries())).toEqual({
      exitCode: 254,
      message: 'An error occurred (ForbiddenException) when calling the GetRoleCredentials operation: No access',
    })
  })

  it.each([
    [200, 'hello'],
    [404, ''],
    [502, '<html>no</html>'],
  ])('tells that what answered, with %i and %j, is no portal', async (status, body) => {
    await stubs.write('.aws/config', modern)
    await cached('corp', { expiresAt: inFuture(HOUR) })
    stubs.answers['sso'] = () => ({ status, body })
    const { exitCode, message } = stubs.refusal(await stubs.describeRegistries())
    expect(exitCode).toBe(255)
    expect(message).toMatch(new RegExp(`/sso/federation/credentials answered with status ${status}, but not as`))
  })

  it('tells which portal cannot be reached', async () => {
    await stubs.write('.aws/config', modern)
    await cached('corp', { expiresAt: inFuture(HOUR) })
    const { exitCode, message } = stubs.refusal(
      await stubs.describeRegistries({ AWS_ENDPOINT_URL_SSO: 'http://127.0.0.1:9' }),
    )
    expect(exitCode).toBe(255)
    expect(message).toBe('Could not connect to the endpoint URL: "http://127.0.0.1:9/federation/credentials"')
  })

  it('is of no interest to a profile that names a session but no role', async () => {
    const keys = { accessKeyId: 'AKIAOWN', secretAccessKey: 'own-secret' }
    const own = `aws_access_key_id = ${keys.accessKeyId}\naws_secret_access_key = ${keys.secretAccessKey}\n`
    await stubs.write('.aws/config', `[default]\nsso_session = corp\n${own}${session}`)
    await stubs.expectSigned(await stubs.describeRegistries(), keys)
  })
})
