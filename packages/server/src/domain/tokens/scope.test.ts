import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { formatScope, parsePullScopes, parseScopes, scopesAllow, TOKEN_ACTIONS, type TokenScope } from './scope.ts'

const scope: fc.Arbitrary<TokenScope> = fc.record({
  repository: fc
    .tuple(fc.stringMatching(/^[a-z][a-z0-9]{1,8}$/), fc.stringMatching(/^[a-z0-9]{2,8}(?:\/[a-z0-9]{1,8}){0,2}$/))
    .map(parts => parts.join('/')),
  actions: fc.subarray([...TOKEN_ACTIONS], { minLength: 1 }),
})
const scopes = fc.uniqueArray(scope, { minLength: 1, maxLength: 4, selector: one => one.repository })

describe('parseScopes', () => {
  it('reads what formatScope writes, in one parameter or several', () => {
    fc.assert(
      fc.property(scopes, list => {
        expect(parseScopes(list.map(formatScope))).toEqual(list)
        expect(parseScopes([list.map(formatScope).join(' ')])).toEqual(list)
      }),
    )
  })

  it('joins what is said of one repository', () => {
    fc.assert(
      fc.property(scope, fc.subarray([...TOKEN_ACTIONS], { minLength: 1 }), ({ repository, actions }, more) => {
        const texts = [actions, more].map(each => formatScope({ repository, actions: each }))
        expect(parseScopes(texts)).toEqual([
          { repository, actions: TOKEN_ACTIONS.filter(action => actions.includes(action) || more.includes(action)) },
        ])
      }),
    )
  })

  it.each([
    ['repository:berth/app:*', [{ repository: 'berth/app', actions: ['pull', 'push', 'delete'] }]],
    ['repository:berth/team/app:push,pull', [{ repository: 'berth/team/app', actions: ['pull', 'push'] }]],
    ['repository:berth/app:pull,fly', [{ repository: 'berth/app', actions: ['pull'] }]],
    ['repository(plugin):berth/app:pull', [{ repository: 'berth/app', actions: ['pull'] }]],
    ['repository:berth/app:fly', []],
    ['repository:berth/app:', []],
    ['repository:berth/app', []],
    ['repository:app:pull', []],
    ['repository:Berth/app:pull', []],
    ['repository:berth//app:pull', []],
    ['repository:host:5000/berth/app:pull', []],
    ['registry:catalog:*', []],
    ['registry:catalog:* repository:berth/app:pull', [{ repository: 'berth/app', actions: ['pull'] }]],
  ])('%s', (text, expected) => {
    expect(parseScopes([text])).toEqual(expected)
  })

  it('leaves a token unscoped without a scope or with that of ECR Public', () => {
    for (const parameters of [[], [''], ['aws'], ['repository:berth/app:pull aws']]) {
      expect(parseScopes(parameters)).toBeUndefined()
    }
  })

  it('never throws, and grants nothing that was not named', () => {
    const words = fc.oneof(
      fc.string(),
      scope.map(formatScope),
      fc.tuple(scope, fc.string()).map(([one, text]) => `${formatScope(one)}${text}`),
    )
    fc.assert(
      fc.property(fc.array(words), parameters => {
        const granted = (parseScopes(parameters) ?? []).map(({ repository }) => repository)
        expect(granted.filter(repository => !parameters.join(' ').includes(repository))).toEqual([])
      }),
    )
  })
})

describe('scopesAllow', () => {
  it('allows all to an unscoped token, and nothing to an empty list', () => {
    expect(scopesAllow(undefined, 'berth/app', 'delete')).toBe(true)
    expect(scopesAllow([], 'berth/app', 'pull')).toBe(false)
  })

  it('allows the named actions in the named repository', () => {
    fc.assert(
      fc.property(scope, fc.constantFrom(...TOKEN_ACTIONS), (one, action) => {
        expect(scopesAllow([one], one.repository, action)).toBe(one.actions.includes(action))
        expect(scopesAllow([one], `${one.repository}x`, action)).toBe(false)
      }),
    )
  })
})

describe('parsePullScopes', () => {
  const pull = 'repository:berth/app:pull'

  it('reads what asks to pull and for nothing else, and passes over the scope of ECR Public', () => {
    const scopes = [{ repository: 'berth/app', actions: ['pull'] }]
    for (const parameters of [[pull], ['aws', pull], [`${pull} aws ${pull}`]])
      expect(parsePullScopes(parameters)).toEqual(scopes)
  })

  it.each(['', 'aws', 'repository:berth/app:pull,push', 'repository:berth/app:*', 'repository:berth/app:pull,fly'])(
    'is undefined for %j, alone and beside a pull',
    text => {
      expect(parsePullScopes([text])).toBeUndefined()
      if (!['', 'aws'].includes(text)) expect(parsePullScopes([pull, text])).toBeUndefined()
    },
  )
})
