import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { matchesGlob } from '../glob.ts'
import type { RequestContext } from './request-context.ts'
import { expandGlob, expandText, parseTemplate } from './template.ts'

const context: RequestContext = new Map([
  ['aws:username', ['ann*']],
  ['aws:tagkeys', ['a', 'b']],
])

function expand(text: string, version: '2008-10-17' | '2012-10-17' = '2012-10-17'): string | undefined {
  const template = parseTemplate(text, version)
  if (template === undefined) throw new Error('malformed')
  return expandText(template, context)
}

describe('policy variables', () => {
  it('are filled in, whatever the case of their names', () => {
    expect(expand(`user/\${aws:username}/\${AWS:UserName}`)).toBe('user/ann*/ann*')
  })

  it('fall back to their default', () => {
    expect(expand(`\${aws:userid, 'nobody'}`)).toBe('nobody')
    expect(expand(`\${aws:username, 'nobody'}`)).toBe('ann*')
  })

  it('make the whole text undefined where they have no value, or several', () => {
    expect(expand(`x\${aws:userid}`)).toBeUndefined()
    expect(expand(`x\${aws:TagKeys}`)).toBeUndefined()
  })

  it('are plain text before 2012-10-17', () => {
    expect(expand(`\${aws:username}`, '2008-10-17')).toBe(`\${aws:username}`)
  })

  it('quote wildcards and dollar signs', () => {
    expect(expand(`\${*}\${?}\${$}{x}`)).toBe(`*?\${x}`)
  })

  it.each([`\${`, `\${}`, `\${aws:username`, `\${a b}`, `\${a, 'b}`, `\${a, b}`])('refuse %s', text => {
    expect(parseTemplate(text, '2012-10-17')).toBeUndefined()
  })

  it('hand over text without a variable as it is', () => {
    fc.assert(
      fc.property(
        fc.string().filter(text => !text.includes(`\${`)),
        text => {
          expect(expand(text)).toBe(text)
        },
      ),
    )
  })

  it('cannot smuggle a wildcard in by their value', () => {
    const glob = expandGlob(parseTemplate(`\${aws:username}-*-\${*}`, '2012-10-17') ?? [], context) ?? []
    expect(matchesGlob(glob, 'ann*-x-*')).toBe(true)
    expect(matchesGlob(glob, 'anna-x-*')).toBe(false)
    expect(matchesGlob(glob, 'ann*-x-y')).toBe(false)
  })
})
