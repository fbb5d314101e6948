import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { urlForLog } from './url-for-log.ts'

describe('urlForLog', () => {
  it.each([
    '/v2/a/b/tags/list?n=2&last=v1',
    '/v2/a/b/referrers/sha256:0?artifactType=a/b+json&artifactType=c/d',
    '/token/?service=x&scope=repository:a/b:pull&account=AWS&client_id=docker&offline_token=true',
    '/v2/a/b/manifests/x@y',
    '/',
    '/v2/?',
    'http://127.0.0.1:5000/v2/',
    'https://registry.example.org',
  ])('leaves %s as it is', url => expect(urlForLog(url)).toBe(url))

  it.each([
    ['http://user:hunter2@h/v2/', '***@h/v2/'],
    ['http://user:hun/ter2@h/v2/', '***@h/v2/'],
    ['http://user:hun?ter2@h/v2/?n=1', '***@h/v2/?n=1'],
    ['http://user:123?n=hunter2@h/', '***@h/'],
    ['http://user:hun@ter2@h/v2/', '***@h/v2/'],
    ['//user:hunter2@h/v2/', '***@h/v2/'],
    ['ftp://user:hunter2@h/', '***@h/'],
    ['user:hunter2@h:443', '***@h:443'],
    ['/token/?password=hunter2&service=x', '/token/?password=***&service=x'],
    ['/token/?refresh_token=hunter2', '/token/?refresh_token=***'],
    ['/?X-Amz-Signature=hunter2', '/?X-Amz-Signature=***'],
    ['/?hunter2', '/?***'],
    ['/?p%61ssword=hunter2', '/?***'],
    ['/token/?a=b=hunter2', '/token/?a=***'],
    ['/token/?=hunter2', '/token/?***'],
    ['/v2/%3Fpassword=hunter2', '/v2/%3Fpassword=***'],
    ['/v2/;n=1;password=hunter2', '/v2/;n=1;password=***'],
    ['/v2/#hunter2', '/v2/#***'],
    ['/-/signin/link/hunter2', '/-/signin/***'],
    ['//-/signin/link/hunter2?x=1', '//-/signin/***?x=***'],
    ['/a/-/signin/lnk/hunter2/?back=hunter2', '/a/-/signin/***?back=***'],
  ])('%s becomes %s', (url, expected) => expect(urlForLog(url)).toBe(expected))

  it('shows no login of an absolute URL, and no value of a parameter that it does not know', () => {
    const secret = fc
      .string({ minLength: 6, unit: fc.constantFrom(...'sEcReT/?@&=:#%') })
      .filter(t => /[a-zA-Z]{3}/.test(t))
    fc.assert(
      fc.property(secret, fc.constantFrom('http:', 'HTTPS:', 'ftp:', ''), (password, scheme) => {
        const shown = `${urlForLog(`${scheme}//user:${password}@host/v2/`)}${urlForLog(`/token/?password=${encodeURIComponent(password)}`)}`
        for (const word of password.match(/[a-zA-Z]{3,}/g) ?? []) expect(shown).not.toContain(word)
      }),
    )
  })
})
