import { isRegistryAlias, isRepositoryName } from '../names.ts'

export const TOKEN_ACTIONS = ['pull', 'push', 'delete'] as const
export type TokenAction = (typeof TOKEN_ACTIONS)[number]

/** What a token may do in one repository. */
export interface TokenScope {
  /** `ALIAS/NAME`, as in an image path. */
  readonly repository: string
  /** The actions, in the order of `TOKEN_ACTIONS`, each once. */
  readonly actions: readonly TokenAction[]
}

/** The repositories that a token is narrowed to; undefined for a token that may do whatever its subject may. */
export type TokenScopes = readonly TokenScope[] | undefined

/** The scope that ECR Public's challenge names, whatever the request was. It narrows nothing. */
const UNSCOPED = 'aws'

/**
 * Reads the `scope` parameters of a token request (Docker Registry Token Authentication). Each is a list, parted by
 * blanks, of `repository:ALIAS/NAME:ACTION,…`. None at all, or `aws`, leaves the token unscoped. Types, actions and
 * names that are not berth's are passed over, as the specification wants: the token then grants less than was asked
 * for.
 */
export function parseScopes(parameters: readonly string[]): TokenScopes {
  const texts = scopeTexts(parameters)
  if (texts.length === 0 || texts.includes(UNSCOPED)) return undefined
  const granted = new Map<string, Set<TokenAction>>()
  for (const text of texts) {
    const scope = parseScope(text)
    if (scope === undefined) continue
    const actions = granted.get(scope.repository) ?? new Set()
    for (const action of scope.actions) actions.add(action)
    granted.set(scope.repository, actions)
  }
  return Array.from(granted, ([repository, actions]) => ({ repository, actions: inOrder(actions) }))
}

/**
 * The repositories that a token request asks to pull from; undefined where it asks for anything else as well, or for
 * nothing. `aws` is passed over: clients repeat it from the challenge.
 */
export function parsePullScopes(parameters: readonly string[]): TokenScopes {
  const texts = scopeTexts(parameters).filter(text => text !== UNSCOPED)
  const asksToPull = (text: string) => text.endsWith(':pull') && parseScope(text) !== undefined
  return texts.length > 0 && texts.every(asksToPull) ? parseScopes(texts) : undefined
}

/** One scope as a challenge or an error names it. */
export function formatScope({ repository, actions }: TokenScope): string {
  return `repository:${repository}:${actions.join(',')}`
}

/** Whether the token's scope leaves room for `action` in `repository` (`ALIAS/NAME`). Policies decide the rest. */
export function scopesAllow(scopes: TokenScopes, repository: string, action: TokenAction): boolean {
  return scopes?.some(scope => scope.repository === repository && scope.actions.includes(action)) ?? true
}

/** What the holder of `held` gets for a request of `asked`. Changing a token for another one never widens it. */
export function narrowScopes(held: TokenScopes, asked: TokenScopes): TokenScopes {
  if (held === undefined || asked === undefined) return held ?? asked
  return asked.flatMap(({ repository, actions }) => {
    const left = actions.filter(action => scopesAllow(held, repository, action))
    return left.length > 0 ? [{ repository, actions: left }] : []
  })
}

/** Whether the text is `ALIAS/NAME`, split at the first slash: an alias holds none. */
export function isScopedRepository(text: string): boolean {
  const slash = text.indexOf('/')
  return slash > 0 && isRegistryAlias(text.slice(0, slash)) && isRepositoryName(text.slice(slash + 1))
}

export const isTokenAction = (text: unknown): text is TokenAction => TOKEN_ACTIONS.some(action => action === text)

const scopeTexts = (parameters: readonly string[]): string[] =>
  parameters.flatMap(parameter => parameter.split(' ')).filter(text => text !== '')

const SCOPE = /^repository(?:\([a-z0-9]+\))?:([^:]+):([^:]+)$/

function parseScope(text: string): TokenScope | undefined {
  const [, repository = '', list = ''] = SCOPE.exec(text) ?? []
  const names = list.split(',')
  const actions = new Set<TokenAction>(names.includes('*') ? TOKEN_ACTIONS : names.filter(isTokenAction))
  return isScopedRepository(repository) && actions.size > 0 ? { repository, actions: inOrder(actions) } : undefined
}

const inOrder = (actions: ReadonlySet<TokenAction>) => TOKEN_ACTIONS.filter(action => actions.has(action))
