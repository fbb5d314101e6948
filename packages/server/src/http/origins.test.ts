import type { IncomingMessage } from 'node:http'
import { describe, expect, it } from 'vitest'
import { parseAddressRanges } from '../config/address-ranges.ts'
import { createClientOf } from './client.ts'
import { createOrigins } from './origins.ts'

const request = (host: string | undefined, localAddress = '192.0.2.1') =>
  ({ headers: { host }, socket: { localAddress, localPort: 5000 } }) as unknown as IncomingMessage
const unset = { publicUrl: undefined, registryHost: undefined, clientOf: createClientOf() }

describe('createOrigins', () => {
  it.each(['127.0.0.1:5000', 'localhost', 'registry.example:443', '[::1]:5000', 'a_b-c.d'])('repeats %s', host => {
    const origins = createOrigins(unset)
    expect(origins.url(request(host))).toBe(`http://${host}`)
    expect(origins.registryHost(request(host))).toBe(host)
  })

  it.each([
    undefined,
    '',
    'a b',
    'a"b',
    'a/b',
    'user@host',
    'a,b',
    'a?b',
    'a\\b',
    '<script>',
    'a:1:2',
    'a:',
    'a:123456',
    '[::1',
    '[::1]x',
    'host\r\nx: y',
    'a\n',
  ])('does not repeat %j', host => {
    const origins = createOrigins(unset)
    expect(origins.url(request(host))).toBe('http://192.0.2.1:5000')
    expect(origins.registryHost(request(host))).toBe('192.0.2.1:5000')
  })

  it('is https where a trusted proxy says so', () => {
    const origins = createOrigins({ ...unset, clientOf: createClientOf(parseAddressRanges('192.0.2.9')) })
    const forwarded = (remoteAddress: string) =>
      ({
        headers: { host: 'registry.example', 'x-forwarded-proto': 'https' },
        socket: { remoteAddress },
      }) as unknown as IncomingMessage
    expect(origins.url(forwarded('192.0.2.9'))).toBe('https://registry.example')
    expect(origins.url(forwarded('192.0.2.8'))).toBe('http://registry.example')
  })

  it('writes the address of an IPv6 socket as a URL wants it', () => {
    const url = createOrigins(unset).url(request(undefined, '::1'))
    expect(url).toBe('http://[::1]:5000')
    expect(new URL(url).port).toBe('5000')
    expect(createOrigins(unset).registryHost(request(undefined, '::ffff:127.0.0.1'))).toBe('127.0.0.1:5000')
  })

  it('believes what is configured rather than the request', () => {
    const both = createOrigins({ ...unset, publicUrl: 'https://Berth.example:443/', registryHost: 'images.example' })
    expect(both.url(request('evil.example'))).toBe('https://berth.example')
    expect(both.registryHost(request('evil.example'))).toBe('images.example')
    const url = createOrigins({ ...unset, publicUrl: 'https://berth.example:8443/' })
    expect(url.registryHost(request('evil.example'))).toBe('berth.example:8443')
    const host = createOrigins({ ...unset, registryHost: 'images.example' })
    expect(host.url(request('here'))).toBe('http://here')
  })
  it.each([
    ['registry.example:5000', 'https://registry.example/x', true],
    ['registry.example:5000', 'http://registry.example:9000/x', true],
    ['Registry.EXAMPLE', 'http://registry.example./x', true],
    ['registry.example.', 'http://s3.registry.example/x', true],
    ['registry.example', 'http://bucket.s3.Registry.example:1/x', true],
    ['127.0.0.1:5000', 'http://127.0.0.1:9000/x', true],
    ['[::1]:5000', 'http://[::1]:9000/x', true],
    ['registry.example', 'http://example/x', false],
    ['registry.example', 'http://otherregistry.example/x', false],
    ['registry.example', 'http://s3.example/x', false],
    ['127.0.0.1:5000', 'http://127.0.0.2:9000/x', false],
    ['127.0.0.1:5000', 'http://localhost:9000/x', false],
  ])('of a client that knows it as %s: may a login go to %s? %s', (host, url, may) => {
    expect(createOrigins(unset).mayGetLogin(request(host), url)).toBe(may)
    // As a proxy passes it on, with another Host.
    const behind = createOrigins({ ...unset, publicUrl: `https://${host}` })
    expect(behind.mayGetLogin(request('upstream:5000'), url)).toBe(may)
    const named = createOrigins({ ...unset, registryHost: host })
    expect(named.mayGetLogin(request('upstream:5000'), url)).toBe(may)
  })
})
