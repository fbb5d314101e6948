import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { rulesWithoutEffect } from './effects.ts'
import { parseLifecyclePolicy } from './parse-policy.ts'
import { anyPolicy } from './policy.arbitrary.ts'

const ANY = { tagStatus: 'any', countType: 'imageCountMoreThan', countNumber: 10 }
const PREFIX = { ...ANY, tagStatus: 'tagged', tagPrefixList: ['prod'] }
const AGE = { tagStatus: 'untagged', countType: 'sinceImagePushed', countUnit: 'days', countNumber: 7 }

type Rule = Readonly<Record<string, unknown>>
const rule = (selection: unknown, others: Rule = {}): Rule => ({
  rulePriority: 1,
  selection,
  action: { type: 'expire' },
  ...others,
})
const parse = (...rules: unknown[]) => parseLifecyclePolicy(JSON.stringify({ rules }))
const tagged = (list: Readonly<Record<string, unknown>>) => rule({ ...ANY, tagStatus: 'tagged', ...list })

describe('parsing a lifecycle policy', () => {
  it('reads what the policy was written from', () => {
    fc.assert(
      fc.property(anyPolicy(), fc.constantFrom(0, 2), (policy, indent) => {
        expect(parseLifecyclePolicy(JSON.stringify(policy, undefined, indent))).toEqual({ ok: true, policy })
      }),
    )
  })

  it('takes the storage class that all images have, as ECR writes it', () => {
    expect(parse(rule({ ...ANY, storageClass: 'standard' }))).toEqual({ ok: true, policy: { rules: [rule(ANY)] } })
  })

  it.each<[what: string, rule: Rule, path: string, reason: RegExp]>([
    ['no object', [] as unknown as Rule, '', /must be an object/],
    ['a member missing', { rulePriority: 1, action: { type: 'expire' } }, '.selection', /is missing/],
    ['an unknown member', rule(ANY, { colour: 'red' }), '.colour', /is unknown/],
    ['an unknown member with an odd name', rule(ANY, { 'a.b': 1 }), '["a.b"]', /is unknown/],
    [
      'null for what may be left out',
      rule(ANY, { description: null }),
      '.description',
      /must be left out, and not be null/,
    ],
    ['priority 0', rule(ANY, { rulePriority: 0 }), '.rulePriority', /whole number from 1/],
    ['a priority in quotes', rule(ANY, { rulePriority: '1' }), '.rulePriority', /whole number from 1/],
    ['a fraction', rule({ ...ANY, countNumber: 1.5 }), '.selection.countNumber', /whole number from 1/],
    ['a count of 0', rule({ ...ANY, countNumber: 0 }), '.selection.countNumber', /whole number from 1/],
    ['a huge count', rule({ ...ANY, countNumber: 2 ** 31 }), '.selection.countNumber', /to 2147483647/],
    [
      'another tag status',
      rule({ ...ANY, tagStatus: 'TAGGED' }),
      '.selection.tagStatus',
      /"tagged", "untagged", "any"/,
    ],
    ['another count type', rule({ ...ANY, countType: 'age' }), '.selection.countType', /"imageCountMoreThan"/],
    ['an age without unit', rule({ ...AGE, countUnit: undefined }), '.selection.countUnit', /must be "days"/],
    ['another unit', rule({ ...AGE, countUnit: 'hours' }), '.selection.countUnit', /must be "days"/],
    ['a count with unit', rule({ ...ANY, countUnit: 'days' }), '.selection.countUnit', /must be left out/],
    ['tagged without list', tagged({}), '.selection', /either tagPrefixList or tagPatternList/],
    ['both lists', tagged({ tagPrefixList: ['a'], tagPatternList: ['a*'] }), '.selection', /either tagPrefixList or/],
    ['a list for any', rule({ ...ANY, tagPatternList: ['a*'] }), '.selection', /since tagStatus is "any"/],
    ['a list for untagged', rule({ ...AGE, tagPrefixList: ['a'] }), '.selection', /since tagStatus is "untagged"/],
    ['a text for a list', tagged({ tagPrefixList: 'prod' }), '.selection.tagPrefixList', /must be a list/],
    [
      'an empty list',
      tagged({ tagPrefixList: [] }),
      '.selection.tagPrefixList',
      /must not be empty.*"tagPatternList": \["\*"\]/,
    ],
    [
      'an empty prefix',
      tagged({ tagPrefixList: ['a', ''] }),
      '.selection.tagPrefixList[1]',
      /must not be empty.*"tagPatternList": \["\*"\]/,
    ],
    ['no text in a list', tagged({ tagPatternList: [7] }), '.selection.tagPatternList[0]', /must be a string/],
    ['a wildcard in a prefix', tagged({ tagPrefixList: ['prod*'] }), '.selection.tagPrefixList[0]', /"\*".*no tag has/],
    ['5 wildcards', tagged({ tagPatternList: ['test*1*2*3*4*5'] }), '.selection.tagPatternList[0]', /more than 4/],
    ['what is in no tag', tagged({ tagPatternList: ['a b*'] }), '.selection.tagPatternList[0]', /" ", which no tag/],
    ['a long prefix', tagged({ tagPrefixList: ['a'.repeat(129)] }), '.selection.tagPrefixList[0]', /longer than a tag/],
    [
      'another storage class',
      rule({ ...ANY, storageClass: 'cold' }),
      '.selection.storageClass',
      /"standard", "archive"/,
    ],
    [
      'a storage class that is null',
      rule({ ...ANY, storageClass: null }),
      '.selection.storageClass',
      /left out, and not/,
    ],
    [
      'a move to nowhere',
      rule(ANY, { action: { type: 'transition' } }),
      '.action.targetStorageClass',
      /must be "archive"/,
    ],
    [
      'the time of a move outside of the archive',
      rule({ ...AGE, countType: 'sinceImageTransitioned' }),
      '.selection.storageClass',
      /must be "archive"/,
    ],
    [
      'a target where nothing moves',
      rule(ANY, { action: { type: 'expire', targetStorageClass: 'archive' } }),
      '.action.targetStorageClass',
      /must be left out, since type is "expire"/,
    ],
    [
      'null for a target',
      rule(ANY, { action: { type: 'expire', targetStorageClass: null } }),
      '.action.targetStorageClass',
      /must be left out, and not be null/,
    ],
    ['null for a unit', rule({ ...ANY, countUnit: null }), '.selection.countUnit', /must be left out, and not be null/],
    ['null for a list', tagged({ tagPrefixList: null, tagPatternList: ['*'] }), '.selection.tagPrefixList', /left out/],
    ['another action', rule(ANY, { action: { type: 'retain' } }), '.action.type', /one of "expire", "transition"/],
  ])('refuses %s', (_what, given, path, reason) => {
    expect(parse(given)).toEqual({
      ok: false,
      faults: [{ path: `rules[0]${path}`, reason: expect.stringMatching(reason) }],
    })
  })

  it('reads rules about the archive that Amazon has, each class by itself, and tells what they do here', () => {
    const archive = { type: 'transition', targetStorageClass: 'archive' }
    const archived = { ...AGE, tagStatus: 'any', storageClass: 'archive', countType: 'sinceImageTransitioned' }
    const rules = [
      rule({ ...AGE, tagStatus: 'any', countType: 'sinceImagePulled' }, { rulePriority: 2, action: archive }),
      rule(archived, { rulePriority: 3 }),
      rule(AGE),
    ]
    const result = parse(...rules)
    expect(result).toEqual({ ok: true, policy: { rules } })
    expect(result.ok && rulesWithoutEffect(result.policy)).toEqual([
      { rulePriority: 2, reason: expect.stringMatching(/stay/) },
      { rulePriority: 3, reason: expect.stringMatching(/matches no image/) },
    ])
  })

  it('takes 4 wildcards and tags of the greatest length', () => {
    const tagPatternList = ['*test*1*2*3', 'test*1*2*3*', `*${'a'.repeat(128)}*`]
    expect(parse(tagged({ tagPatternList })).ok).toBe(true)
  })

  it('tells what is wrong with each rule', () => {
    const result = parse(rule({ ...ANY, countNumber: -1 }), rule(AGE), rule(PREFIX, { action: 'expire' }))
    expect(result).toEqual({
      ok: false,
      faults: [
        { path: 'rules[0].selection.countNumber', reason: expect.stringMatching(/^must be a whole number/) },
        { path: 'rules[2].action', reason: 'must be an object' },
      ],
    })
  })

  it.each<[what: string, rules: Rule[], path: string, reason: RegExp]>([
    ['priorities', [rule(PREFIX), rule(AGE)], 'rules[1].rulePriority', /must be unique/],
    [
      'an early rule for any',
      [rule(ANY), rule(AGE, { rulePriority: 2 })],
      'rules[0].rulePriority',
      /must be the highest/,
    ],
    ['two for any', [rule(ANY, { rulePriority: 9 }), rule(ANY)], 'rules[1].rulePriority', /must be the highest/],
    ['two for untagged', [rule(AGE), rule(AGE, { rulePriority: 2 })], 'rules[1].selection.tagStatus', /may be in one/],
    [
      'the same prefixes',
      [
        tagged({ tagPrefixList: ['a', 'b'] }),
        rule({ ...AGE, tagStatus: 'tagged', tagPrefixList: ['b', 'a', 'b'] }, { rulePriority: 2 }),
      ],
      'rules[1].selection.tagPrefixList',
      /must be unique/,
    ],
  ])('refuses among rules: %s', (_what, rules, path, reason) => {
    expect(parse(...rules)).toEqual({ ok: false, faults: [{ path, reason: expect.stringMatching(reason) }] })
  })

  it('takes up to 50 rules, and not none', () => {
    const rules = (length: number) =>
      Array.from({ length }, (_, i) => rule({ ...PREFIX, tagPrefixList: [`v${i}`] }, { rulePriority: i + 1 }))
    expect(parse(...rules(50)).ok).toBe(true)
    expect(parse(...rules(51))).toEqual({
      ok: false,
      faults: [{ path: 'rules', reason: 'must not have more than 50 elements, and has 51' }],
    })
    expect(parse()).toEqual({ ok: false, faults: [{ path: 'rules', reason: 'must not be empty' }] })
  })

  it('takes a text of up to 30,720 characters', () => {
    const text = JSON.stringify({ rules: [rule(ANY)] })
    expect(parseLifecyclePolicy(text.padEnd(30_720)).ok).toBe(true)
    expect(parseLifecyclePolicy(text.padEnd(30_721))).toEqual({
      ok: false,
      faults: [{ path: '', reason: 'must not be longer than 30720 characters' }],
    })
  })

  it('refuses spoilt text with path and reason, and reads nothing into what it takes', () => {
    const cuts = ['', ',', '"', '{', ']', '0', '-1', '1e400', 'null', '\\ud800', '"rules":[],', '"__proto__":{},']
    fc.assert(
      fc.property(
        anyPolicy().map(policy => JSON.stringify(policy)),
        fc.double({ min: 0, max: 1, noNaN: true }),
        fc.nat(12),
        fc.constantFrom(...cuts),
        (text, where, removed, added) => {
          const at = Math.floor(where * text.length)
          const spoilt = text.slice(0, at) + added + text.slice(at + removed)
          const result = parseLifecyclePolicy(spoilt)
          if (result.ok) expect(result.policy).toEqual(JSON.parse(spoilt))
          else expect(result.faults[0]).toEqual({ path: expect.any(String), reason: expect.stringMatching(/./) })
        },
      ),
      { numRuns: 500 },
    )
  })
})
