import { randomUUID } from 'node:crypto'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { NewAccessKey } from '../../../registry/access/accounts.ts'
import { Passwords } from '../../../registry/access/passwords.ts'
import { ACCOUNT, openTemporaryRegistry, type TemporaryRegistry } from '../../../testing/temporary-registry.ts'
import { createControlAccess } from '../../access/control-access.ts'
import { createClientOf } from '../../client.ts'
import { type SignedCall, signedFetch } from '../testing/signed-fetch.ts'
import { createStsHandler, isFormCall } from './sts-handler.ts'
import { element, texts } from './xml.ts'

const ASK = 'Action=GetCallerIdentity&Version=2011-06-15'

let registry: TemporaryRegistry
let server: Server
let url: string
let key: NewAccessKey
const logged: unknown[] = []

beforeAll(async () => {
  registry = await openTemporaryRegistry()
  const { context, sealer, accounts, signingKeys } = registry
  context.clock.time = Date.now()
  await accounts.createUser(ACCOUNT, 'ann')
  key = await accounts.createAccessKey(ACCOUNT, 'ann')
  const passwords = new Passwords(context, signingKeys, { userMs: 1_000, anonymousMs: 1_000 })
  const access = createControlAccess({
    context,
    sealer,
    passwords,
    count: async () => {},
    clientOf: createClientOf(),
    regions: new Set(['us-east-1']),
  })
  const log = { error: (fields: object) => logged.push(fields) }
  const handler = createStsHandler({ access, windowMs: 1_000, newRequestId: randomUUID, log })
  server = createServer((request, response) => {
    if (isFormCall(request)) return void handler(request, response)
    response.writeHead(418).end()
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`
})
afterAll(async () => {
  server.closeAllConnections()
  await new Promise(resolve => server.close(resolve))
  await registry[Symbol.asyncDispose]()
  expect(logged).toEqual([])
})

async function call(over: Partial<SignedCall> = {}) {
  const response = await signedFetch(url, { credentials: key, service: 'sts', body: ASK, ...over })
  return { status: response.status, text: await response.text(), headers: response.headers }
}
const codeIn = (text: string) => /<Code>(\w+)<\/Code>/.exec(text)?.[1]

describe('GetCallerIdentity', () => {
  it('tells a user without any policy who they are, in the XML of STS', async () => {
    const { status, text, headers } = await call()
    const principal = await registry.context.metadata.rows.accessKeys.principal(key.accessKeyId)
    expect(status).toBe(200)
    expect(headers.get('content-type')).toBe('text/xml')
    expect(text).toBe(
      '<GetCallerIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><GetCallerIdentityResult>' +
        `<Arn>arn:aws:iam::${ACCOUNT}:user/ann</Arn><UserId>${principal?.userId}</UserId><Account>${ACCOUNT}</Account>` +
        '</GetCallerIdentityResult><ResponseMetadata>' +
        `<RequestId>${headers.get('x-amzn-requestid')}</RequestId></ResponseMetadata></GetCallerIdentityResponse>\n`,
    )
  })

  it('takes a signature of any region', async () => {
    expect((await call({ region: 'eu-west-1' })).status).toBe(200)
  })

  it.each<[string, Partial<SignedCall>, number, string]>([
    ['another action', { body: 'Action=AssumeRole&Version=2011-06-15' }, 400, 'InvalidAction'],
    ['no action', { body: '' }, 400, 'InvalidAction'],
    ['two actions', { body: `${ASK}&Action=AssumeRole` }, 400, 'InvalidAction'],
    ['a signature for another service', { service: 'ecr-public' }, 403, 'SignatureDoesNotMatch'],
    ['another body than was signed', { sent: `${ASK}&x=y` }, 403, 'SignatureDoesNotMatch'],
    [
      'an unknown key',
      { credentials: { accessKeyId: 'AKIANOBODY0000000000', secretAccessKey: 'x' } },
      403,
      'InvalidClientTokenId',
    ],
    ['an old signature', { signedAt: new Date(Date.now() - 3_600_000) }, 403, 'SignatureDoesNotMatch'],
    ['a form that is too long', { body: `${ASK}&x=${'y'.repeat(4096)}` }, 413, 'RequestEntityTooLarge'],
  ])('refuses %s', async (_, over, status, code) => {
    const answer = await call(over)
    expect([answer.status, codeIn(answer.text)]).toEqual([status, code])
    expect(answer.text).toMatch(/^<ErrorResponse xmlns="[^"]+"><Error><Type>Sender<\/Type>.*<RequestId>/)
  })

  it('names the action that is none', async () => {
    const { text } = await call({ body: 'Action=Assume%3CRole%00&Version=2011-06-15' })
    expect(text).toContain('Could not find operation Assume&lt;Role\ufffd for version 2011-06-15')
  })

  it('refuses who does not sign', async () => {
    const response = await fetch(url, { method: 'POST', body: new URLSearchParams(ASK) })
    expect([response.status, codeIn(await response.text())]).toEqual([403, 'MissingAuthenticationToken'])
  })

  it('reads no form before it knows who signed it', async () => {
    const response = await fetch(url, { method: 'POST', body: new URLSearchParams({ x: 'y'.repeat(4096) }) })
    expect([response.status, codeIn(await response.text())]).toEqual([403, 'MissingAuthenticationToken'])
  })

  it('is not asked by a call that names its target', async () => {
    expect((await call({ target: 'SpencerFrontendService.DescribeRegistries' })).status).toBe(418)
  })
})

it('has no text for markup', () => {
  expect(element('a x="y"', texts({ b: 'x & "y"', c: '<' }))).toBe(
    '<a x="y"><b>x &amp; &quot;y&quot;</b><c>&lt;</c></a>',
  )
})
