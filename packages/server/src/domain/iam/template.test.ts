import { literalGlob, matchesGlob } from '@berth/lifecycle'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { RequestContext } from './request-context.ts'
import { StepBudget } from './step-budget.ts'
import { expandGlob, expandText, parseTemplate } from './template.ts'

const context: RequestContext = new Map([
  ['aws:username', ['ann*']],
  ['aws:tagkeys', ['a', 'b']],
])

function expand(text: string, version: '2008-10-17' | '2012-10-17' = '2012-10-17'): string | undefined {
  const template = parseTemplate(text, version)
  if (template === undefined) throw new Error('malformed')
  return expandText(template, { context, budget: new StepBudget() })
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

  it('make the whole text undefined where it would be longer than there are steps left', () => {
    const template = parseTemplate(`\${aws:username}\${aws:username}`, '2012-10-17') ?? []
    expect(expandText(template, { context, budget: new StepBudget(8) })).toBe('ann*ann*')
    expect(expandText(template, { context, budget: new StepBudget(7) })).toBeUndefined()
    expect(expandGlob(template, { context, budget: new StepBudget(7) })).toBeUndefined()
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
    const template = parseTemplate(`\${aws:username}-*-\${*}`, '2012-10-17') ?? []
    const glob = expandGlob(template, { context, budget: new StepBudget() }) ?? literalGlob('')
    expect(matchesGlob(glob, 'ann*-x-*')).toBe(true)
    expect(matchesGlob(glob, 'anna-x-*')).toBe(false)
    expect(matchesGlob(glob, 'ann*-x-y')).toBe(false)
  })
})
