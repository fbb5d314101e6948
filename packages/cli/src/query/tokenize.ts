import { parseInteger } from '../python/int.ts'
import { JsonDepthError, JsonError, parseJson } from '../python/parse-json.ts'
import type { Value } from '../python/value.ts'
import { QuerySyntaxError } from './query-error.ts'

export type TokenType =
  | 'unquoted_identifier'
  | 'quoted_identifier'
  | 'literal'
  | 'number'
  | 'dot'
  | 'star'
  | 'rbracket'
  | 'comma'
  | 'colon'
  | 'current'
  | 'lparen'
  | 'rparen'
  | 'lbrace'
  | 'rbrace'
  | 'lbracket'
  | 'flatten'
  | 'filter'
  | 'or'
  | 'pipe'
  | 'and'
  | 'expref'
  | 'lt'
  | 'lte'
  | 'gt'
  | 'gte'
  | 'ne'
  | 'not'
  | 'eq'
  | 'eof'

export interface Token {
  readonly type: TokenType
  readonly value: Value
  /** The place of the token, counted in code points, as errors show it. */
  readonly start: number
}

/** The symbols. The longest one that fits is the token. */
const SYMBOLS: readonly (readonly [string, TokenType])[] = [
  ['[?', 'filter'],
  ['[]', 'flatten'],
  ['||', 'or'],
  ['&&', 'and'],
  ['<=', 'lte'],
  ['>=', 'gte'],
  ['!=', 'ne'],
  ['==', 'eq'],
  ['.', 'dot'],
  ['*', 'star'],
  [']', 'rbracket'],
  [',', 'comma'],
  [':', 'colon'],
  ['@', 'current'],
  ['(', 'lparen'],
  [')', 'rparen'],
  ['{', 'lbrace'],
  ['}', 'rbrace'],
  ['[', 'lbracket'],
  ['|', 'pipe'],
  ['&', 'expref'],
  ['<', 'lt'],
  ['>', 'gt'],
  ['!', 'not'],
]

/** The most tokens of a query. A longer one is refused, so that neither reading nor applying a query takes long. */
const MOST_TOKENS = 20_000

const codePoints = (text: string) => [...text].length

const BLANKS = /[ \t\r\n]+/y
const IDENTIFIER = /[A-Za-z_][A-Za-z0-9_]*/y
const NUMBER = /-?\d+/y

/** The tokens of an expression. @throws QuerySyntaxError */
export function tokenize(expression: string): Token[] {
  if (expression === '') throw new QuerySyntaxError('Invalid JMESPath expression: cannot be empty.')
  const tokens: Token[] = []
  let at = 0
  /** Where `at` stands, counted in code points. */
  let position = 0
  const fail = (reason: string) =>
    new QuerySyntaxError(`Bad jmespath expression: ${reason}:\n${expression}\n${' '.repeat(position)}^`)

  const advance = (length: number) => {
    position += codePoints(expression.slice(at, at + length))
    at += length
  }

  const match = (pattern: RegExp) => {
    pattern.lastIndex = at
    return pattern.exec(expression)?.[0]
  }

  /** The text up to the closing delimiter, escapes still in it. */
  function delimited(delimiter: string): string {
    for (let end = at + 1; end < expression.length; end++) {
      if (expression[end] === '\\') end++
      else if (expression[end] === delimiter) return expression.slice(at + 1, end)
    }
    throw fail(`Unclosed ${delimiter} delimiter`)
  }

  while (at < expression.length) {
    const blanks = match(BLANKS)
    if (blanks !== undefined) {
      advance(blanks.length)
      continue
    }
    const add = (type: TokenType, value: Value, length: number) => {
      tokens.push({ type, value, start: position })
      if (tokens.length > MOST_TOKENS) throw new QuerySyntaxError(`more than ${MOST_TOKENS} tokens`)
      advance(length)
    }
    const identifier = match(IDENTIFIER)
    const number = match(NUMBER)
    const symbol = SYMBOLS.find(([text]) => expression.startsWith(text, at))
    const first = expression[at]
    if (identifier !== undefined) add('unquoted_identifier', identifier, identifier.length)
    else if (number !== undefined) add('number', parseInteger(number) ?? 0, number.length)
    else if (symbol) add(symbol[1], symbol[0], symbol[0].length)
    else if (first === '"') {
      const text = delimited('"')
      const value = json(`"${text}"`)
      if (value instanceof JsonError) throw fail(value.message.split(':')[0] ?? '')
      add('quoted_identifier', value, text.length + 2)
    } else if (first === "'") {
      const text = delimited("'")
      add('literal', text.replaceAll("\\'", "'"), text.length + 2)
    } else if (first === '`') {
      const text = delimited('`')
      const value = literal(text.replaceAll('\\`', '`'))
      if (value instanceof JsonError) throw fail(`Bad token ${text}`)
      add('literal', value, text.length + 2)
    } else {
      const character = String.fromCodePoint(expression.codePointAt(at) ?? 0)
      throw fail(/[-=]/.test(character) ? `Unknown token '${character}'` : `Unknown token ${character}`)
    }
  }
  tokens.push({ type: 'eof', value: '', start: position })
  return tokens
}

function json(text: string): Value | JsonError {
  try {
    return parseJson(text)
  } catch (error) {
    if (error instanceof JsonDepthError) throw new QuerySyntaxError(`in a literal: ${error.message}`)
    if (error instanceof JsonError) return error
    throw error
  }
}

/** Reads a literal. A text that is no JSON is taken for a string, an old allowance of the language. */
function literal(text: string): Value | JsonError {
  const value = json(text)
  return value instanceof JsonError ? json(`"${text.trimStart()}"`) : value
}
