import { operations } from '@berth/model'
import { describe, expect, it } from 'vitest'
import { closeMatches } from './close-matches.ts'
import { globalOptions } from './global-options.ts'
import { operationOptions, withRequirements } from './operation-options.ts'
import { type ArgumentSpec, parseArguments } from './parse-arguments.ts'

const COMMAND: ArgumentSpec = { name: 'command', key: 'command', arity: 'one' }
const GLOBALS = [...globalOptions, COMMAND]
const DELETE_REPOSITORY = operationOptions(operations.DeleteRepository)
const DELETE_IMAGES = operationOptions(operations.BatchDeleteImage)

const values = (specs: readonly ArgumentSpec[], ...argv: string[]) =>
  Object.fromEntries(parseArguments(specs, argv).values)
const rest = (specs: readonly ArgumentSpec[], ...argv: string[]) => parseArguments(specs, argv).rest

function refusal(specs: readonly ArgumentSpec[], ...argv: string[]): string {
  try {
    parseArguments(specs, argv)
  } catch (error) {
    if (error instanceof Error) return error.message.replace(/^[\s\S]*berth: error: /, '').trimEnd()
  }
  throw new Error(`${argv.join(' ')} was parsed`)
}

describe('parseArguments', () => {
  it('takes two dashes for no value, also behind an equals sign', () => {
    expect(refusal(GLOBALS, 'c', '--region=--')).toBe('argument --region: expected one argument')
    expect(values(DELETE_IMAGES, '--repository-name', 'aa', '--image-ids=--')).toMatchObject({ imageIds: [] })
    expect(values(DELETE_IMAGES, '--repository-name=aa', '--image-ids', '--generate-cli-skeleton=--')).toMatchObject({
      'generate-cli-skeleton': 'input',
    })
  })

  it('takes a negative number of any script for a value', () => {
    expect(values(GLOBALS, 'c', '--region', '-\u0663')).toMatchObject({ region: '-\u0663' })
  })

  it('takes its own options wherever they stand, and leaves the rest in order', () => {
    const argv = ['--output', 'text', 'ecr-public', 'x', '--image-ids', 'a=1', '--region=r', 'b=2', '--nope=3']
    expect(values(GLOBALS, ...argv)).toEqual({ output: 'text', command: 'ecr-public', region: 'r' })
    expect(rest(GLOBALS, ...argv)).toEqual(['x', '--image-ids', 'a=1', 'b=2', '--nope=3'])
  })

  it('lets the last of repeated options win', () => {
    expect(values(GLOBALS, 'c', '--region', 'a', '--region=b')).toMatchObject({ region: 'b' })
    expect(values(DELETE_REPOSITORY, '--repository-name', 'aa', '--force', '--no-force')).toMatchObject({
      force: false,
    })
    expect(values(DELETE_IMAGES, '--repository-name', 'aa', '--image-ids', 'a', 'b', '--image-ids', 'c')).toMatchObject(
      {
        imageIds: ['c'],
      },
    )
  })

  it('gathers what repeated options say where that is wanted', () => {
    const tags = { name: '--tag', key: 'tag', arity: 'many', repeats: true } as const
    expect(values([tags], '--tag', 'a', 'b', '--tag=c', '--tag', 'd')).toEqual({ tag: ['a', 'b', 'c', 'd'] })
  })

  it('takes abbreviations that are not ambiguous', () => {
    expect(values(GLOBALS, 'c', '--outp', 'json', '--prof=x')).toMatchObject({ output: 'json', profile: 'x' })
    expect(refusal(GLOBALS, 'c', '--no-c')).toBe(
      'ambiguous option: --no-c could match --no-cli-pager, --no-cli-auto-prompt',
    )
  })

  it('knows an option of its own by its full name only', () => {
    expect(rest(GLOBALS, 'c', '--fail')).toEqual(['--fail'])
    expect(values(GLOBALS, 'c', '--fail-on-partial')).toMatchObject({ 'fail-on-partial': true })
  })

  it('takes no option for a value, unless it is a number, has a blank or follows `=`', () => {
    expect(refusal(GLOBALS, 'c', '--query', '-x')).toBe('argument --query: expected one argument')
    expect(values(GLOBALS, 'c', '--query', '-1.5')).toMatchObject({ query: '-1.5' })
    expect(values(GLOBALS, 'c', '--query', '-a b')).toMatchObject({ query: '-a b' })
    expect(values(GLOBALS, 'c', '--query=--debug')).toMatchObject({ query: '--debug' })
  })

  it('gives a list what stands before the next option, and `=` exactly one', () => {
    expect(values(DELETE_IMAGES, '--image-ids', '--repository-name', 'aa')).toMatchObject({ imageIds: [] })
    expect(rest(DELETE_IMAGES, '--repository-name', 'aa', '--image-ids=a', 'b')).toEqual(['b'])
  })

  it('treats everything after `--` as words', () => {
    expect(rest(GLOBALS, 'c', 'x', '--', '--region', 'r')).toEqual(['x', '--', '--region', 'r'])
  })

  it.each([
    [['c', '--no-paginate=true'], "argument --no-paginate: ignored explicit argument 'true'"],
    [['--output', 'json'], 'the following arguments are required: command'],
    [
      ['c', '--color', 'onn'],
      "argument --color: Invalid choice, valid choices are:\n\non                                       | off                                     \nauto                                    \n\n\nInvalid choice: 'onn', maybe you meant:\n\n  * on",
    ],
  ])('refuses %j', (argv, message) => {
    expect(refusal(GLOBALS, ...argv)).toBe(message)
  })

  it('reads integers as Python does', () => {
    const specs = operationOptions(operations.UploadLayerPart).map(spec => ({ ...spec, required: false }))
    expect(values(specs, '--part-first-byte', ' +1_0 ')).toEqual({ partFirstByte: ' +1_0 ' })
    expect(refusal(specs, '--part-first-byte', '0x1')).toBe("argument --part-first-byte: invalid int value: '0x1'")
  })
})

describe('withRequirements', () => {
  const required = (...argv: string[]) =>
    withRequirements(DELETE_IMAGES, argv)
      .filter(option => option.required)
      .map(option => option.name)

  it('asks for nothing when the input comes some other way', () => {
    expect(required('--image-ids', 'x')).toEqual(['--repository-name', '--image-ids'])
    expect(required('--cli-input-json', '{}')).toEqual([])
    expect(required('--generate-cli-skeleton', 'input')).toEqual([])
    expect(required('--generate-cli-skeleton', 'output')).toHaveLength(2)
    expect(required('--cli-input-json={}')).toHaveLength(2)
  })
})

it('suggests what is alike enough, best first', () => {
  const choices = ['describe-images', 'describe-image-tags', 'batch-delete-image', 'put-image']
  expect(closeMatches('batch-delete-images', choices)).toEqual(['batch-delete-image'])
  expect(closeMatches('describe-imags', choices)).toEqual(['describe-images', 'describe-image-tags'])
  expect(closeMatches('frobnicate', choices)).toEqual([])
})
