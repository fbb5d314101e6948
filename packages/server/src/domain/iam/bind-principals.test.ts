import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { replaceUsers } from './bind-principals.ts'

const ann = 'arn:aws:iam::123456789012:user/ann'
const bob = 'arn:aws:iam::123456789012:user/bob'
const byId = (text: string) => replaceUsers(text, arn => (arn === ann ? 'AIDAANN' : undefined))

describe('replaceUsers', () => {
  it('changes principals, and nothing that only looks like one', () => {
    const document = (who: string) => ({
      Id: ann,
      Statement: [
        {
          Sid: ann,
          Principal: { AWS: [who, bob, '*'] },
          Condition: { ArnLike: { 'aws:PrincipalArn': ann, AWS: ann } },
        },
        { Sid: 'a', NotPrincipal: { AWS: who }, Action: [ann], Condition: { ArnLike: { Principal: [ann] } } },
      ],
    })
    expect(JSON.parse(byId(JSON.stringify(document(ann), undefined, 3)))).toEqual(document('AIDAANN'))
  })

  it('leaves all other bytes as they are, and sees through escapes', () => {
    const escaped = ann.replace('/', '\\/').replace('a', '\\u0061')
    const text = (who: string) => `\t{ "Statement" :\r\n{"Principal":{ "AWS":["${who}" ,"${bob}"]},"Sid":"\\"{["} }\n`
    expect(byId(text(escaped))).toBe(text('AIDAANN'))
    expect(byId(text(bob))).toBe(text(bob))
  })

  it('gives back any document when nobody is gone', () => {
    fc.assert(
      fc.property(fc.json(), fc.constantFrom('', '  ', '\n'), (text, blank) => {
        const padded = blank + text + blank
        expect(replaceUsers(padded, () => undefined)).toBe(padded)
        expect(replaceUsers(padded, () => 'x')).toBe(padded)
      }),
    )
  })
})
