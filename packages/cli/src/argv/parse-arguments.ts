import { argumentError } from '../errors.ts'
import { parseInteger } from '../python/int.ts'
import { textRepr } from '../python/text.ts'
import { closeMatches } from './close-matches.ts'
import { suggestOptions } from './suggest-options.ts'

/** How many words an option or a positional takes. */
type Arity = 'none' | 'one' | 'optional' | 'many'

export interface ArgumentSpec {
  /** `--repository-name` for an option, a bare word for a positional. */
  readonly name: string
  /** The name of the value among the results. Two options that undo each other share one. */
  readonly key: string
  readonly arity: Arity
  readonly required?: boolean
  readonly choices?: readonly string[]
  /** Whether the text must be an integer, as Python reads integers. */
  readonly integer?: boolean
  /** What the option means when it stands without a value: `true` or `false` for a flag, or a default text. */
  readonly bare?: string | boolean
  /** Whether an option that is given again adds to its words. Of other options the last one counts. */
  readonly repeats?: boolean
  /**
   * Whether only the full name will do. Options of berth's own must not make the original's abbreviations ambiguous.
   */
  readonly exact?: boolean
  /** Whether parsing ends at the option, as at `--version`: nothing behind it is read, and nothing need be there. */
  readonly ends?: boolean
}

export type ArgumentValue = string | boolean | readonly string[]

interface ParsedArguments {
  readonly values: ReadonlyMap<string, ArgumentValue>
  /** The words that this parser does not know, in order. They are the command line of the next parser. */
  readonly rest: readonly string[]
}

type Token = { kind: 'word' } | { kind: 'separator' } | { kind: 'option'; spec?: ArgumentSpec; inline?: string }

const NEGATIVE_NUMBER = /^-\p{Nd}+$|^-\p{Nd}*\.\p{Nd}+$/u

/**
 * One stage of parsing: takes the words that `specs` knows out of `argv`, and leaves the rest. Parsing follows Python's
 * argparse (abbreviations, `--x=y`, greedy lists, positionals between options), because scripts depend on it.
 * @throws CommandError `usage`
 */
export function parseArguments(specs: readonly ArgumentSpec[], argv: readonly string[]): ParsedArguments {
  const options = new Map(specs.filter(isOption).map(spec => [spec.name, spec]))
  const pending = specs.filter(spec => !isOption(spec))
  const tokens = classify(options, argv)
  const values = new Map<string, ArgumentValue>()
  const repeated = new Map<string, string[]>()
  const seen = new Set<ArgumentSpec>()
  const rest: string[] = []
  let at = 0
  let ended = false

  /** Where the run of tokens of one kind that begins at `from` ends. */
  const skip = (kind: Token['kind'], from: number): number => {
    let end = from
    while (tokens[end]?.kind === kind) end++
    return end
  }

  const take = (spec: ArgumentSpec, words: readonly string[]) => {
    seen.add(spec)
    ended ||= spec.ends === true
    const value = convert(spec, words)
    const before = spec.repeats ? repeated.get(spec.key) : undefined
    if (before && isWords(value)) for (const word of value) before.push(word)
    else if (spec.repeats && isWords(value)) repeated.set(spec.key, [...value])
    values.set(spec.key, repeated.get(spec.key) ?? value)
  }

  /** A positional takes the separators around its word with it. */
  const takePositionals = () => {
    for (let spec = pending[0]; spec !== undefined; spec = pending[0]) {
      const word = skip('separator', at)
      const found = tokens[word]?.kind === 'word'
      if (!found && spec.arity === 'one') return
      pending.shift()
      if (found) take(spec, [argv[word] ?? ''])
      at = skip('separator', found ? word + 1 : word)
    }
  }

  const takeOption = (token: Token & { kind: 'option' }) => {
    const { spec, inline } = token
    const text = argv[at] ?? ''
    at++
    if (spec === undefined) {
      rest.push(text)
      return
    }
    if (inline !== undefined) {
      if (spec.arity === 'none') {
        throw argumentError(`argument ${spec.name}: ignored explicit argument ${textRepr(inline)}`)
      }
      if (inline === '--' && spec.arity === 'one') throw expectsOne(spec)
      take(spec, inline === '--' ? [] : [inline]) // two dashes are no value, wherever they stand
      return
    }
    const words = skip('word', at) - at
    const wanted = spec.arity === 'none' ? 0 : spec.arity === 'many' ? words : Math.min(1, words)
    if (spec.arity === 'one' && wanted === 0) throw expectsOne(spec)
    take(spec, argv.slice(at, at + wanted))
    at += wanted
  }

  while (at < argv.length && !ended) {
    const token = tokens[at]
    if (token?.kind === 'option') {
      takeOption(token)
      continue
    }
    const before = at
    takePositionals()
    if (at > before) continue
    while (at < argv.length && tokens[at]?.kind !== 'option') {
      rest.push(argv[at] ?? '')
      at++
    }
  }

  if (ended) return { values, rest }
  const missing = specs.filter(spec => isRequired(spec) && !seen.has(spec)).map(spec => spec.name)
  if (missing.length > 0) {
    const suggestions = suggestOptions(rest, missing)
    throw argumentError(`the following arguments are required: ${missing.join(', ')}${suggestions}`)
  }
  return { values, rest }
}

const expectsOne = ({ name }: ArgumentSpec) => argumentError(`argument ${name}: expected one argument`)
const isWords = (value: ArgumentValue | undefined): value is readonly string[] => Array.isArray(value)

const isOption = (spec: ArgumentSpec) => spec.name.startsWith('--')
const isRequired = (spec: ArgumentSpec) => spec.required ?? (!isOption(spec) && spec.arity === 'one')

function classify(options: ReadonlyMap<string, ArgumentSpec>, argv: readonly string[]): Token[] {
  const end = argv.indexOf('--')
  return argv.map((text, index) => {
    if (index === end) return { kind: 'separator' }
    if (end >= 0 && index > end) return { kind: 'word' }
    return classifyOne(options, text)
  })
}

function classifyOne(options: ReadonlyMap<string, ArgumentSpec>, text: string): Token {
  if (!text.startsWith('-') || text === '-') return { kind: 'word' }
  const exact = options.get(text)
  if (exact) return { kind: 'option', spec: exact }
  const equals = text.indexOf('=')
  const name = equals < 0 ? text : text.slice(0, equals)
  const inline = equals < 0 ? undefined : text.slice(equals + 1)
  const candidates = options.has(name)
    ? [options.get(name)]
    : [...options.values()].filter(spec => text.startsWith('--') && spec.name.startsWith(name) && !spec.exact)
  const [spec] = candidates
  if (candidates.length > 1) {
    const names = candidates.map(candidate => candidate?.name).join(', ')
    throw argumentError(`ambiguous option: ${text} could match ${names}`)
  }
  if (spec) return { kind: 'option', spec, ...(inline !== undefined && { inline }) }
  if (NEGATIVE_NUMBER.test(text) || text.includes(' ')) return { kind: 'word' }
  return { kind: 'option' }
}

function convert(spec: ArgumentSpec, words: readonly string[]): ArgumentValue {
  for (const word of words) {
    if (spec.integer && parseInteger(word) === undefined) {
      throw argumentError(`argument ${spec.name}: invalid int value: ${textRepr(word)}`)
    }
    if (spec.choices && !spec.choices.includes(word)) throw argumentError(invalidChoice(spec.name, word, spec.choices))
  }
  if (spec.arity === 'many') return words
  return words[0] ?? spec.bare ?? true
}

const COLUMN = 40

/** The refusal of a word that is none of the choices, with those it was perhaps meant to be. */
function invalidChoice(name: string, word: string, choices: readonly string[]): string {
  const lines = [`argument ${name}: Invalid choice, valid choices are:\n`]
  for (let i = 0; i < choices.length; i += 2) {
    lines.push(
      choices
        .slice(i, i + 2)
        .map(choice => choice.padEnd(COLUMN))
        .join(' | '),
    )
  }
  const close = closeMatches(word, choices)
  if (close.length > 0) {
    lines.push(`\n\nInvalid choice: '${word}', maybe you meant:\n`, ...close.map(choice => `  * ${choice}`))
  }
  return lines.join('\n')
}
