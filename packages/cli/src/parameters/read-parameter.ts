import type { Shape } from '@berth/model'
import type { ArgumentValue } from '../argv/parse-arguments.ts'
import type { Environment } from '../environment.ts'
import { CommandError, parameterError } from '../errors.ts'
import { invalidInteger, parseInteger } from '../python/int.ts'
import { JsonError, parseJson } from '../python/parse-json.ts'
import type { Value } from '../python/value.ts'
import { loadParamfile, ParamfileError } from './paramfile.ts'
import { shapeShorthand } from './shape-shorthand.ts'
import { parseShorthand, ShorthandError } from './shorthand.ts'

/**
 * The value of one option: a file's content, shorthand, JSON or the plain text, as the option's shape wants it. For
 * errors, `name` is the option with its dashes.
 * @throws CommandError `usage`
 */
export function readParameter(name: string, shape: Shape, given: ArgumentValue, environment: Environment): Value {
  if (typeof given === 'boolean') return given
  const value = fromFile(name, given, environment) ?? given
  if (value instanceof Uint8Array) {
    if (shape.type !== 'list' && shape.type !== 'structure') return value
    throw new CommandError('general', `${name} is text: load it by file:// instead of fileb://`)
  }
  const nothing = typeof value !== 'string' && value.length === 0
  if (hasShorthand(shape) && !nothing && !startsJson(typeof value === 'string' ? value : value[0])) {
    const read = (text: string) => shapeShorthand(elementOf(shape), readShorthand(name, text, environment))
    return typeof value === 'string' ? read(value) : value.map(read)
  }
  return fromText(name, shape, value)
}

/**
 * Reads the file where the parameter names one. A file takes the place of a list only when it is the list's one word.
 */
function fromFile(name: string, given: string | readonly string[], environment: Environment) {
  const text = typeof given === 'string' ? given : given.length === 1 ? given[0] : undefined
  if (text === undefined) return undefined
  try {
    return loadParamfile(text, environment)
  } catch (error) {
    if (error instanceof ParamfileError) throw parameterError(name, error.message)
    throw error
  }
}

const elementOf = (shape: Shape) => (shape.type === 'list' ? shape.item : shape)
const hasShorthand = (shape: Shape) => elementOf(shape).type === 'structure'
const startsJson = (text: string | undefined, brackets = '[{') => brackets.includes(unindented(text)?.[0] ?? ' ')

/** A byte order mark is no blank. */
const unindented = (text: string | undefined) => text?.replace(/^[^\S\ufeff]+/, '')

function readShorthand(name: string, text: string, environment: Environment): Value {
  try {
    return parseShorthand(text, file => loadParamfile(file, environment))
  } catch (error) {
    if (error instanceof ShorthandError || error instanceof ParamfileError) throw parameterError(name, error.message)
    throw error
  }
}

function readJson(name: string, text: string): Value {
  try {
    return parseJson(text, { ordered: true })
  } catch (error) {
    if (error instanceof JsonError) throw parameterError(name, `Invalid JSON: ${error.message}\nJSON received: ${text}`)
    throw error
  }
}

function fromText(name: string, shape: Shape, value: string | readonly string[]): Value {
  if (typeof value === 'string') {
    if (shape.type === 'structure') {
      if (startsJson(value, '{')) return readJson(name, value)
      throw parameterError(name, `Invalid JSON:\n${value}`)
    }
    if (shape.type !== 'list') return scalar(shape, value)
    if (startsJson(value, '[')) return readJson(name, value)
    // The text of a file that is no JSON. The original takes its characters for the list's items, and so do we.
    return [...value].map(character => fromText(name, shape.item, character))
  }
  if (shape.type !== 'list') return fromText(name, shape, value[0] ?? '')
  const [only] = value
  if (value.length === 1 && only !== undefined && startsJson(only, '[')) return readJson(name, only)
  return value.map(each => fromText(name, shape.item, each))
}

function scalar(shape: Shape, text: string): Value {
  if (shape.type !== 'integer' && shape.type !== 'long') return text
  const number = parseInteger(text)
  if (number === undefined) throw new CommandError('general', invalidInteger(text))
  return number
}
