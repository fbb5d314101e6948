import { describe, expect, it } from 'vitest'
import { resolveEndpoint } from '../client/endpoint.ts'
import { chooseProxy } from '../http/choose-proxy.ts'
import { environmentOf } from '../testing/run-main.ts'
import { parseIni } from './parse-ini.ts'
import type { Profiles } from './profiles.ts'
import { createSettings } from './settings.ts'
import { splitCommand, splitWords } from './split-words.ts'
import { setOptions } from './write-options.ts'

const none: Profiles = { config: new Map(), credentials: new Map(), services: new Map(), ssoSessions: new Map() }

describe('INI files', () => {
  it('are read as configparser reads them', () => {
    const text =
      '# c\n[default]\nRegion = us-east-1\nurl: http://x=y\ns3 =\n  a = b\n  c = d\n; c\n[profile "a b"]\nempty =\n'
    expect([...parseIni(text)].map(([name, section]) => [name, Object.fromEntries(section)])).toEqual([
      ['default', { region: 'us-east-1', url: 'http://x=y', s3: '\na = b\nc = d' }],
      ['profile "a b"', { empty: '' }],
    ])
  })

  it.each(['a = b\n', '[x\na = b\n', '[x]\nword\n', '[x]\na=1\na=2\n', '[x]\n[x]\n', '\ufeff[x]\n'])(
    'refuses %j',
    text => {
      expect(() => parseIni(text)).toThrow()
    },
  )

  it('keep everything but the options that are set', () => {
    const text = '# mine\n[a]\nX = 1\n  deeper\nother = 5\n; a note\n\n[b]\ny = 2\n'
    const set = setOptions(text, 'a', '# m', { x: '3', z: '4' })
    expect(set).toBe('# mine\n[a]\n# m\nx = 3\nz = 4\nother = 5\n; a note\n\n[b]\ny = 2\n')
    expect(setOptions(set, 'a', '# m', { x: '3', z: '4' })).toBe(set)
    expect(setOptions(text, 'c', '# m', { x: '1' })).toBe(`${text}\n[c]\n# m\nx = 1\n`)
    expect(setOptions('', 'c', '# m', {})).toBe('[c]\n# m\n')
    const crlf = (lines: string) => lines.replaceAll('\n', '\r\n')
    expect(setOptions(crlf(text), 'a', '# m', { x: '3', z: '4' })).toBe(crlf(set))
    expect(setOptions('[c]\nx = 1', 'c', '# m', { y: '2' })).toBe('[c]\n# m\ny = 2\nx = 1\n')
  })
})

it.each([
  ['less -R', ['less', '-R']],
  [`sh -c 'a "b"' "c d" e\\ f`, ['sh', '-c', 'a "b"', 'c d', 'e f']],
  [`"a\\"b"'c'd`, ['a"bcd']],
  ['', []],
])('splits %j into words', (text, words) => {
  expect(splitWords(text)).toEqual(words)
})

it.each([
  [`x "y'`, 'No closing quotation'],
  [`'x\\`, 'No closing quotation'],
  ['x\\', 'No escaped character'],
  ['echo "a\\', 'No escaped character'],
  [' ', 'No program is named by " ".'],
  [`'' cat`, `No program is named by "'' cat".`],
])('runs no command like %j', (text, message) => {
  expect(() => splitCommand(text)).toThrow(message)
})

describe('the endpoint', () => {
  const resolve = (flag: string | undefined, region = 'us-east-1', env: Record<string, string> = {}, profiles = none) =>
    resolveEndpoint(flag, region, createSettings(profiles, environmentOf(env), undefined), environmentOf(env))
  const text = (...args: Parameters<typeof resolve>) => {
    const { protocol, host, pathname } = resolve(...args)
    return `${protocol}//${host}${pathname}`
  }

  it('is that of the region, unless another one is named', () => {
    expect(text(undefined)).toBe('https://api.ecr-public.us-east-1.amazonaws.com/')
    expect(text(undefined, 'cn-north-1')).toBe('https://api.ecr-public.cn-north-1.amazonaws.com.cn/')
    expect(text(undefined, 'us-east-1', { AWS_USE_FIPS_ENDPOINT: 'true' })).toBe(
      'https://api.ecr-public-fips.us-east-1.amazonaws.com/',
    )
    expect(text(undefined, 'us-east-1', { AWS_USE_DUALSTACK_ENDPOINT: 'true' })).toBe(
      'https://api.ecr-public.us-east-1.api.aws/',
    )
    expect(text('http://127.0.0.1:5000/base')).toBe('http://127.0.0.1:5000/base')
  })

  it('may come from the environment and the profile, the most special first', () => {
    const config = parseIni('[default]\nendpoint_url = http://profile\nservices = local\n')
    const services = new Map([
      ['local', parseIni('[local]\necr_public =\n  endpoint_url = http://services\n').get('local')],
    ])
    const profiles = { ...none, config, services: services as Profiles['services'] }
    const all = { AWS_ENDPOINT_URL: 'http://all', AWS_ENDPOINT_URL_ECR_PUBLIC: 'http://special' }
    expect(text('http://flag', 'r', all, profiles)).toBe('http://flag/')
    expect(text(undefined, 'r', all, profiles)).toBe('http://special/')
    expect(text(undefined, 'r', { AWS_ENDPOINT_URL: 'http://all' }, profiles)).toBe('http://services/')
    expect(text(undefined, 'r', { AWS_ENDPOINT_URL: 'http://all' }, { ...none, config })).toBe('http://all/')
    expect(text(undefined, 'r', {}, { ...none, config })).toBe('http://profile/')
    expect(text(undefined, 'r', { ...all, AWS_IGNORE_CONFIGURED_ENDPOINT_URLS: 'true' }, profiles)).toContain(
      'amazonaws',
    )
  })

  it.each([
    ['/a/../b/./c', '/a/../b/./c'],
    ['/..', '/..'],
    ['/a//b/', '/a//b/'],
    ['/%2e%2e/%C3%A4', '/%2E%2E/%C3%A4'],
    ['/a b|ä{}\\', '/a%20b%7C%C3%A4%7B%7D%5C'],
    ['/100%', '/100%25'],
    ["/~!$&'()*+,;=:@", "/~!$&'()*+,;=:@"],
    ['#fragment', '/'],
  ])('keeps the path %s as it is, but for what must be escaped', (given, sent) => {
    expect(resolve(`http://127.0.0.1:5000${given}`)).toMatchObject({ host: '127.0.0.1:5000', pathname: sent })
  })

  it.each([
    'ftp://x',
    'http://x\\@y',
    'http://a b',
    'http://',
    'http://x:port',
    'http://x?q=1',
    'http://a_b',
    'http://a..b',
    'http:x',
  ])('is never replaced when it is unusable: %s', url => {
    expect(() => resolve(url)).toThrow(`Invalid endpoint: ${url}`)
  })
})

describe('the proxy', () => {
  const proxy = (url: string, env: Record<string, string>) => chooseProxy(new URL(url), { env })?.url.href

  it('is that of the scheme, the variable in lower case first', () => {
    expect(proxy('https://x', { HTTPS_PROXY: 'http://p:1', http_proxy: 'http://q' })).toBe('http://p:1/')
    expect(proxy('http://x', { HTTP_PROXY: 'http://p', http_proxy: 'q:8080' })).toBe('http://q:8080/')
  })

  it('is none where the variable in lower case is empty', () => {
    expect(proxy('http://x', { HTTP_PROXY: 'http://p', http_proxy: '' })).toBeUndefined()
    expect(proxy('http://x', { HTTP_PROXY: 'http://p', NO_PROXY: 'x', no_proxy: '' })).toBe('http://p/')
  })

  it.each([
    ['http://u:p%40@p:1/', 'http://***:***@p:1/'],
    ['u@p', 'http://***@p'],
    ['//p', 'http://p'],
  ])('of %s is shown as %s', (given, shown) => {
    expect(chooseProxy(new URL('http://x'), { env: { HTTP_PROXY: given } })?.shown).toBe(shown)
  })

  it.each(['socks5://p', 'ftp://u:p@p', 'http://', ':8080', 'http://p:port'])('is never left out: %s', given => {
    expect(() => proxy('http://x', { HTTP_PROXY: given })).toThrow(/^Failed to connect to proxy URL: "/)
  })

  it.each([
    ['*', true],
    ['example.com', true],
    ['.example.com', true],
    ['api.example.com:443', false],
    ['ample.com', false],
    [' other, api.example.com ', true],
  ])('is left out for NO_PROXY=%s: %s', (list, exempt) => {
    expect(proxy('https://api.example.com', { HTTPS_PROXY: 'http://p', NO_PROXY: list }) === undefined).toBe(exempt)
  })
})
