import { MAX_DEPTH, nestsTooDeeply } from '../python/nesting-depth.ts'
import { str } from '../python/text.ts'
import { isInteger } from '../python/value.ts'
import { QuerySyntaxError } from './query-error.ts'
import { chain, childrenOf, type Node } from './syntax-tree.ts'
import { type Token, type TokenType, tokenize } from './tokenize.ts'

const identity: Node = { type: 'identity' }

/** How strongly a token binds to what stands before it; those not listed end an expression. */
const POWER: { readonly [T in TokenType]?: number } = {
  pipe: 1,
  or: 2,
  and: 3,
  eq: 5,
  gt: 5,
  lt: 5,
  gte: 5,
  lte: 5,
  ne: 5,
  flatten: 9,
  star: 20,
  filter: 21,
  dot: 40,
  not: 45,
  lbrace: 50,
  lbracket: 55,
  lparen: 60,
}
const power = (type: TokenType) => POWER[type] ?? 0

/** A token that binds less than this ends a projection. */
const PROJECTION_STOP = 10

const END: Token = { type: 'eof', value: '', start: 0 }

/** Reads an expression. @throws QuerySyntaxError in the words of jmespath.py */
export function parseQuery(text: string): Node {
  const tokens = tokenize(text)
  let at = 0
  let depth = 0
  const token = (ahead = 0): Token => tokens[at + ahead] ?? tokens.at(-1) ?? END
  const type = (ahead = 0) => token(ahead).type

  function fail({ start, value, type: kind }: Token, reason: string): QuerySyntaxError {
    const caret = `${' '.repeat(start + 1)}^`
    const place = `Parse error at column ${start}, token "${str(value)}" (${kind.toUpperCase()})`
    return new QuerySyntaxError(`${reason}: ${place}, for expression:\n"${text}"\n${caret}`)
  }

  const incomplete = () =>
    new QuerySyntaxError(
      `Invalid jmespath expression: Incomplete expression:\n"${text}"\n${' '.repeat([...text].length + 1)}^`,
    )

  function match(...expected: TokenType[]): Token {
    const found = token()
    if (!expected.includes(found.type)) {
      if (found.type === 'eof') throw incomplete()
      throw fail(found, `Expecting: ${expected.length > 1 ? pythonList(expected) : expected[0]}, got: ${found.type}`)
    }
    at++
    return found
  }

  function expression(rightPower = 0): Node {
    if (++depth > MAX_DEPTH) throw tooDeep()
    const first = token()
    at++
    let left = prefix(first)
    while (rightPower < power(type())) {
      const operator = token()
      at++
      left = infix(left, operator)
    }
    depth--
    return left
  }

  function prefix(first: Token): Node {
    switch (first.type) {
      case 'literal':
        return { type: 'literal', value: first.value }
      case 'unquoted_identifier':
        return { type: 'field', name: str(first.value) }
      case 'quoted_identifier':
        if (type() === 'lparen') {
          throw fail({ ...token(), start: 0 }, 'Quoted identifier not allowed for function names.')
        }
        return { type: 'field', name: str(first.value) }
      case 'star': {
        const right = type() === 'rbracket' ? identity : projected('star')
        return { type: 'valueProjection', left: identity, right }
      }
      case 'filter':
        return filter(identity)
      case 'lbrace':
        return multiSelectHash()
      case 'lparen': {
        const inner = expression()
        match('rparen')
        return inner
      }
      case 'flatten':
        return { type: 'projection', left: { type: 'flatten', child: identity }, right: projected('flatten') }
      case 'not':
        return { type: 'not', child: expression(power('not')) }
      case 'lbracket':
        if (type() === 'number' || type() === 'colon') return indexed(identity)
        if (type() === 'star' && type(1) === 'rbracket') {
          at += 2
          return { type: 'projection', left: identity, right: projected('star') }
        }
        return multiSelectList()
      case 'current':
        return identity
      case 'expref':
        return { type: 'reference', child: expression() }
      case 'eof':
        throw incomplete()
      default:
        throw fail(first, 'invalid token')
    }
  }

  function infix(left: Node, operator: Token): Node {
    switch (operator.type) {
      case 'dot':
        if (type() !== 'star') return chain(left, afterDot(power('dot')))
        at++
        return { type: 'valueProjection', left, right: projected('dot') }
      case 'pipe':
        return chain(left, expression(power('pipe')))
      case 'or':
      case 'and':
        return { type: operator.type, left, right: expression(power(operator.type)) }
      case 'eq':
      case 'ne':
      case 'lt':
      case 'lte':
      case 'gt':
      case 'gte':
        return { type: 'comparison', operator: operator.type, left, right: expression(power(operator.type)) }
      case 'lparen':
        return call(left)
      case 'filter':
        return filter(left)
      case 'flatten':
        return { type: 'projection', left: { type: 'flatten', child: left }, right: projected('flatten') }
      case 'lbracket':
        if (type() === 'number' || type() === 'colon') return indexed(left)
        match('star')
        match('rbracket')
        return { type: 'projection', left, right: projected('star') }
      default:
        throw fail(operator, 'invalid token')
    }
  }

  function call(name: Node): Node {
    if (name.type !== 'field') {
      const before = token(-2)
      throw fail(before, `Invalid function name '${str(before.value)}'`)
    }
    const args: Node[] = []
    while (type() !== 'rparen') {
      args.push(expression())
      if (type() === 'comma') at++
    }
    match('rparen')
    return { type: 'call', name: name.name, args }
  }

  function filter(left: Node): Node {
    const condition = expression()
    match('rbracket')
    return { type: 'filter', left, condition, right: type() === 'flatten' ? identity : projected('filter') }
  }

  function indexed(left: Node): Node {
    if (type() !== 'colon' && type(1) !== 'colon') {
      const index = integer(match('number'))
      match('rbracket')
      return chain(left, { type: 'index', index })
    }
    return { type: 'projection', left: chain(left, slice()), right: projected('star') }
  }

  function slice(): Node {
    const parts: (number | undefined)[] = []
    let index = 0
    while (type() !== 'rbracket' && index < 3) {
      if (type() === 'colon') index++
      else if (type() === 'number') parts[index] = integer(token())
      if (index === 3 || (type() !== 'colon' && type() !== 'number')) throw fail(token(), 'syntax error')
      at++
    }
    match('rbracket')
    const [start, stop, step] = parts
    return {
      type: 'slice',
      ...(start !== undefined && { start }),
      ...(stop !== undefined && { stop }),
      ...(step !== undefined && { step }),
    }
  }

  /** Reads what a projection does with each of its items. */
  function projected(operator: TokenType): Node {
    if (power(type()) < PROJECTION_STOP) return identity
    if (type() === 'lbracket' || type() === 'filter') return expression(power(operator))
    if (type() === 'dot') {
      at++
      return afterDot(power(operator))
    }
    throw fail(token(), 'syntax error')
  }

  function afterDot(rightPower: number): Node {
    switch (type()) {
      case 'quoted_identifier':
      case 'unquoted_identifier':
      case 'star':
        return expression(rightPower)
      case 'lbracket':
        at++
        return multiSelectList()
      case 'lbrace':
        at++
        return multiSelectHash()
      default: {
        const allowed = pythonList(['quoted_identifier', 'unquoted_identifier', 'lbracket', 'lbrace'])
        throw fail(token(), `Expecting: ${allowed}, got: ${type()}`)
      }
    }
  }

  function multiSelectList(): Node {
    const items = [expression()]
    while (type() !== 'rbracket') {
      match('comma')
      items.push(expression())
    }
    match('rbracket')
    return { type: 'list', items }
  }

  function multiSelectHash(): Node {
    const members: [string, Node][] = []
    for (;;) {
      const name = str(match('quoted_identifier', 'unquoted_identifier').value)
      match('colon')
      members.push([name, expression()])
      if (type() === 'comma') at++
      else if (type() === 'rbrace') break
    }
    match('rbrace')
    return { type: 'hash', members }
  }

  const result = expression()
  if (type() !== 'eof') throw fail(token(), `Unexpected token: ${str(token().value)}`)
  // Operators in a row nest on their left, where this function does not call itself. So the depth is looked at here.
  if (nestsTooDeeply(result, childrenOf)) throw tooDeep()
  return result
}

const tooDeep = () => new QuerySyntaxError(`its parts nest more than ${MAX_DEPTH} deep`)

const integer = ({ value }: Token) => (isInteger(value) ? Number(value) : 0)

/** A list of words as Python prints it. */
const pythonList = (words: readonly string[]) => `[${words.map(word => `'${word}'`).join(', ')}]`
