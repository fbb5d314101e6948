import { readFile } from 'node:fs/promises'
import { createServer } from 'node:https'
import { afterEach, beforeEach, describe, expect, it, onTestFinished } from 'vitest'
import { succeed } from '../support/run.ts'
import { HOUR, ROLE, type RoleStubs, startRoleStubs } from './role-stubs.ts'

const PATH = '/container/role'
const { sessionToken: Token, accessKeyId: AccessKeyId, secretAccessKey: SecretAccessKey } = ROLE
const document = { AccessKeyId, SecretAccessKey, Token, Expiration: new Date(Date.now() + HOUR).toISOString() }

let stubs: RoleStubs
beforeEach(async () => {
  stubs = await startRoleStubs()
  stubs.answers['container'] = () => ({ body: document })
})
afterEach(() => stubs?.[Symbol.asyncDispose]())

const inContainer = (env: Record<string, string> = {}) =>
  stubs.describeRegistries({ AWS_CONTAINER_CREDENTIALS_FULL_URI: stubs.url + PATH, ...env })

describe('the credentials of a container', () => {
  it('sign requests, and are asked for with the token of the environment', async () => {
    await stubs.expectSigned(await inContainer({ AWS_CONTAINER_AUTHORIZATION_TOKEN: 'Basic abc' }))
    expect(stubs.asked('container')).toMatchObject([
      { method: 'GET', target: PATH, headers: { authorization: 'Basic abc', accept: 'application/json' } },
    ])
  })

  it('are asked for with the token of a file, which comes first', async () => {
    const file = await stubs.write('token', 'of-the-file\n')
    const tokens = { AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE: file, AWS_CONTAINER_AUTHORIZATION_TOKEN: 'other' }
    await stubs.expectSigned(await inContainer(tokens))
    expect(stubs.asked('container')).toMatchObject([{ headers: { authorization: 'of-the-file' } }])
  })

  it.each([
    ['is not there', undefined, (file: string) => `[Errno 2] No such file or directory: '${file}'`],
    ['is no header', 'a\r\nb', () => 'Auth token value is not a legal header value'],
  ])('are not asked for with a token that %s', async (_, text, message) => {
    const file = text === undefined ? `${stubs.home}/nowhere` : await stubs.write('token', text)
    const outcome = await inContainer({ AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE: file })
    expect(stubs.refusal(outcome)).toEqual({ exitCode: 255, message: message(file) })
    expect(stubs.asked('container')).toEqual([])
  })

  const prefix = 'Error when retrieving credentials from container-role: Error retrieving metadata: '
  it.each([
    ['an error', { status: 403, body: 'no' }, 'Received non 200 response 403 from container metadata: no'],
    ['no JSON', { body: '<' }, 'Unable to parse JSON returned from container metadata services'],
    ['no keys', { body: {} }, 'Unable to parse JSON returned from container metadata services'],
  ])('are asked for three times, and then what was answered is told: %s', async (_, answer, reason) => {
    stubs.answers['container'] = () => answer
    expect(stubs.refusal(await inContainer())).toEqual({ exitCode: 255, message: prefix + reason })
    expect(stubs.asked('container')).toHaveLength(3)
  })

  it('are told to be out of reach', async () => {
    const outcome = await inContainer({ AWS_CONTAINER_CREDENTIALS_FULL_URI: 'http://localhost:9/x' })
    const reason = 'Received error when attempting to retrieve container metadata: '
    expect(stubs.refusal(outcome)).toEqual({
      exitCode: 255,
      message: `${prefix}${reason}Could not connect to the endpoint URL: "http://localhost:9/x"`,
    })
  })

  it('are read by TLS, and only from a host that is trusted', async () => {
    const [key, cert] = [`${stubs.home}/key.pem`, `${stubs.home}/cert.pem`]
    const names = ['-subj', '/CN=127.0.0.1', '-addext', 'subjectAltName=IP:127.0.0.1']
    await succeed('openssl', ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-keyout', key, '-out', cert, ...names])
    const server = createServer({ key: await readFile(key), cert: await readFile(cert) }, (_, response) => {
      response.end(JSON.stringify(document))
    })
    await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
    onTestFinished(() => void server.close())
    const address = server.address()
    if (address === null || typeof address === 'string') throw new Error('the server has no port')
    const uri = { AWS_CONTAINER_CREDENTIALS_FULL_URI: `https://127.0.0.1:${address.port}/x` }
    const untrusted = stubs.refusal(await inContainer(uri))
    expect(untrusted.exitCode).toBe(255)
    expect(untrusted.message).toContain('SSL validation failed')
    await stubs.expectSigned(await inContainer({ ...uri, AWS_CA_BUNDLE: cert }))
  })
})
