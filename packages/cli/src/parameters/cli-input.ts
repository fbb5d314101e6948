import type { Environment } from '../environment.ts'
import { CommandError, parameterError } from '../errors.ts'
import { JsonError, parseJson } from '../python/parse-json.ts'
import { className } from '../python/text.ts'
import { isDict, type Value } from '../python/value.ts'
import { loadParamfile, ParamfileError } from './paramfile.ts'

/** The texts of `--cli-input-json` and `--cli-input-yaml`, each the whole input as one document. */
interface CliInput {
  readonly json: string | undefined
  readonly yaml: string | undefined
}

/**
 * The members of the input document; an empty map when none was given.
 * @throws CommandError `usage`
 */
export async function readCliInput({ json, yaml }: CliInput, environment: Environment) {
  if (json !== undefined && yaml !== undefined) {
    throw new CommandError('usage', 'Only one --cli-input- parameter may be specified.')
  }
  if (json !== undefined) return members('cli-input-json', read('cli-input-json', json, jsonOf, environment))
  if (yaml !== undefined) {
    const { KeyError, parseYaml } = await import('../python/parse-yaml.ts')
    try {
      return members('cli-input-yaml', read('cli-input-yaml', yaml, parseYaml, environment))
    } catch (error) {
      throw error instanceof KeyError ? new CommandError('general', error.message) : error
    }
  }
  return new Map<string, Value>()
}

function jsonOf(text: string): Value | undefined {
  try {
    return parseJson(text)
  } catch (error) {
    if (error instanceof JsonError) return undefined
    throw error
  }
}

function read(name: string, text: string, parse: (text: string) => Value | undefined, environment: Environment): Value {
  const loaded = load(name, text, environment)
  const document = loaded instanceof Uint8Array ? decode(loaded) : (loaded ?? text)
  const value = document === undefined ? undefined : parse(document)
  if (value === undefined) {
    throw parameterError(name, `Invalid ${name === 'cli-input-json' ? 'JSON' : 'YAML'} received.`)
  }
  return value
}

/** Bytes that are no UTF-8 are neither JSON nor YAML. */
function decode(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
  } catch {
    return undefined
  }
}

function load(name: string, text: string, environment: Environment) {
  try {
    return loadParamfile(text, environment)
  } catch (error) {
    throw error instanceof ParamfileError ? parameterError(`--${name}`, error.message) : error
  }
}

function members(name: string, value: Value): ReadonlyMap<string, Value> {
  if (isDict(value)) return value
  throw parameterError(`--${name}`, `Invalid type: expecting map, received ${className(value)}`)
}
