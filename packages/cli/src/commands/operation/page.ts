import { type Operation, type Shape, service } from '@berth/model'
import { type OperationOption, operationOptions } from '../../argv/operation-options.ts'
import { formatJson } from '../../python/format-json.ts'
import {
  type Block,
  entry,
  firstSentence,
  GLOBAL_OPTIONS,
  globalSection,
  indented,
  type Page,
  type Paragraph,
  paragraph,
  type Section,
  term,
} from '../help/layout.ts'
import { jsonSyntax, shapeOutline, shorthandSyntax, typeWord } from './shapes.ts'

/** A use of a command: what it is for, and the options that it takes, a line each. */
export interface Example {
  readonly about: string
  readonly options: readonly string[]
}

const COMMON: { readonly [option: string]: string } = {
  '--cli-input-json':
    'The whole input as JSON text or `file://` path, in the form that --generate-cli-skeleton prints. Options beside it override its members. Not together with --cli-input-yaml.',
  '--cli-input-yaml': 'The same as YAML.',
  '--starting-token': 'Where to go on: the NextToken of an earlier listing that --max-items cut short.',
  '--page-size': 'The number of items to ask for in each request. It does not change what is printed.',
  '--max-items': 'The number of items to print at most. When there are more, NextToken tells where to go on.',
  '--generate-cli-skeleton':
    'Prints a sample and sends nothing: `input` (also without a value) or `yaml-input` to fill in for --cli-input-json or --cli-input-yaml, `output` for an answer after checking the other options.',
}

/**
 * The page of a command that runs one operation; `command` is all that it is called by, after `berth`. The pages of
 * commands that the original has too carry only marks that the original's pages carry.
 */
export function operationPage(command: string, operation: Operation, examples: readonly Example[]): Page {
  const isOwn = !command.startsWith(`${service.cliName} `)
  const options = operationOptions(operation).filter(option => !option.hidden)
  return [
    ['NAME', [paragraph(`${operation.cliName} -${isOwn ? ` ${firstSentence(operation.documentation)}` : ''}`)]],
    ['DESCRIPTION', description(operation)],
    ['SYNOPSIS', [indented(operation.cliName), ...synopsis(options).map(line => indented(line, 1))]],
    ['OPTIONS', options.filter(option => !isOpposite(option)).flatMap(option => describeOption(option, isOwn))],
    globalSection(GLOBAL_OPTIONS),
    ...(examples.length > 0 ? [['EXAMPLES', showExamples(command, examples)] satisfies Section] : []),
    ['OUTPUT', output(operation)],
  ]
}

function description({ documentation, pagination, cliName }: Operation): Paragraph[] {
  if (!pagination) return [paragraph(documentation)]
  return [
    paragraph(documentation),
    paragraph(
      `${cliName} is a paginated operation: all pages are fetched and printed as one. Turn that off with --no-paginate. With --output text, --query is put to each page.`,
    ),
  ]
}

const isOpposite = ({ bare }: OperationOption) => bare === false

function synopsis(options: readonly OperationOption[]): string[] {
  return options
    .filter(option => !isOpposite(option) && option.name !== '--cli-input-yaml')
    .map(option => {
      if (option.name === '--cli-input-json') return '[--cli-input-json | --cli-input-yaml]'
      const form = option.arity === 'none' ? both(option) : `${option.name} <value>`
      return option.required ? form : `[${form}]`
    })
}

const both = ({ name }: OperationOption) => `${name} | --no-${name.slice(2)}`

function describeOption(option: OperationOption, marksRequired: boolean): Paragraph[] {
  const { member } = option
  const name = option.arity === 'none' ? both(option) : option.name
  const type = member ? typeWord(member.shape) : option.integer ? 'integer' : 'string'
  const words = member ? (member.shape.documentation ?? '') : (COMMON[option.name] ?? '')
  const head = term(`${name} (${type}${marksRequired && option.required ? ', required' : ''})`)
  return [words === '' ? head : [head, paragraph(words, 2)], ...(member ? syntaxes(member.shape) : [])]
}

function syntaxes(shape: Shape): Paragraph[] {
  const parts = shapeOutline(shape).map(line => entry(line, 1))
  const shorthand = shorthandSyntax(shape)
  const json = jsonSyntax(shape)
  const jsonLines = json === undefined ? [] : formatJson(json, { indent: 2 }).split('\n')
  return [
    ...(parts.length > 0 ? [parts] : []),
    ...(shorthand === undefined ? [] : [indented('Shorthand Syntax:', 1), indented(shorthand, 2)]),
    ...(json === undefined ? [] : [indented('JSON Syntax:', 1), jsonLines.map(line => indented(line, 2))]),
  ]
}

function output({ output }: Operation): Paragraph[] {
  const members = Object.entries(output.members)
  if (members.length === 0) return [paragraph('None')]
  return members.map(([name, shape]) => [
    term(`${name} -> (${typeWord(shape)})`),
    ...(shape.documentation === undefined ? [] : [paragraph(shape.documentation, 2)]),
    ...shapeOutline(shape).map(line => entry(line, 1)),
  ])
}

/**
 * Examples, each with what it is about, ready to be pasted into a shell. `command` is what all of them begin with,
 * after `berth`.
 */
const showExamples = (command: string, examples: readonly Example[]): Paragraph[] =>
  examples.flatMap(({ about, options }) => [paragraph(about), commandLine([`berth ${command}`, ...options])])

const commandLine = (parts: readonly string[]): Block[] =>
  parts.map((part, index) => indented(`${index === 0 ? '' : '    '}${part}${index < parts.length - 1 ? ' \\' : ''}`, 1))
