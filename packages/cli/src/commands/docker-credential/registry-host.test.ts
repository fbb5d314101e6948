import { describe, expect, it } from 'vitest'
import { isLoopback, registryHost } from './registry-host.ts'

describe('registryHost', () => {
  it.each([
    ['127.0.0.1:5000', 'http:', '127.0.0.1:5000'],
    ['https://registry.example', 'https:', 'registry.example'],
    ['https://registry.example/', 'https:', 'registry.example'],
    ['https://registry.example/v2/', 'https:', 'registry.example'],
    ['registry.example:443', 'https:', 'registry.example'],
    ['registry.example:443', 'http:', 'registry.example:443'],
    ['registry.example:80', 'http:', 'registry.example'],
    ['Registry.Example:8443', 'https:', 'registry.example:8443'],
    ['[::1]:5000', 'http:', '[::1]:5000'],
  ])('reads %s, by %s, as %s', (text, protocol, host) => {
    expect(registryHost(text)?.host(protocol)).toBe(host)
  })

  it('tells the protocol where the client says one', () => {
    expect(['http://a', 'HTTPS://a', 'a'].map(text => registryHost(text)?.protocol)).toEqual([
      'http:',
      'https:',
      undefined,
    ])
  })

  it.each([
    '',
    'user@registry.example',
    'user:password@registry.example',
    'registry.example@evil.example',
    'registry.example#evil.example',
    'registry.example?x',
    'registry.example\\.evil.example',
    'registry.example/alias/name',
    'registry.example/../v2/',
    'registry.example:',
    'registry.example:05000',
    'registry.example:5000:5000',
    'registry.example.',
    '-registry.example',
    'registry.example evil.example',
    'registry.example\nevil.example',
    'registrÿ.example',
    'registry%2eexample',
    'ftp://registry.example',
    '//registry.example',
    '::1',
  ])('takes %j for no host', text => {
    expect(registryHost(text)).toBeUndefined()
  })

  it('gives each host that looks like another its own name', () => {
    const hosts = [
      ...['127.0.0.1:5000', '127.0.0.1:50000', '127.0.0.1', '127.1:5000', '0x7f.0.0.1:5000', '2130706433:5000'],
      ...['localhost:5000', '127.0.0.1.evil.example:5000', 'evil127.0.0.1:5000', '[::ffff:127.0.0.1]:5000'],
    ]
    expect(new Set(hosts.map(host => registryHost(host)?.host('http:'))).size).toBe(hosts.length)
  })
})

describe('isLoopback', () => {
  it('is true of this machine alone', () => {
    expect(['localhost', '127.0.0.1', '127.1.2.3', '[::1]'].every(isLoopback)).toBe(true)
    expect(['localhost.evil.example', '127.evil.example', '0.0.0.0', '[::]', '10.0.0.1', ''].some(isLoopback)).toBe(
      false,
    )
  })
})
