import { type Operation, type Shape, service } from '@berth/model'
import { globalOptions } from '../../argv/global-options.ts'
import { type OperationOption, operationOptions } from '../../argv/operation-options.ts'
import { formatJson } from '../../python/format-json.ts'
import { examplesOf } from '../ecr-public/examples.ts'
import { LOGIN_PASSWORD, operationList } from '../ecr-public/operations.ts'
import { entry, indented, page, paragraph, type Section } from '../help/layout.ts'
import { jsonSyntax, shapeOutline, shorthandSyntax, typeWord } from './shapes.ts'

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

/** `berth help` */
export const programPage = (): string =>
  page([
    ['NAME', [paragraph('berth -')]],
    [
      'DESCRIPTION',
      [
        paragraph(
          'The command line of public container registries that speak the Amazon ECR Public API: berth servers and Amazon ECR Public itself. It takes the same commands as `aws ecr-public`.',
        ),
        paragraph('The commands images, settings, lifecycle and audit are for servers of berth alone.'),
      ],
    ],
    ['SYNOPSIS', [indented('berth [options] <command> <subcommand> [parameters]')]],
    globalSection('OPTIONS'),
    [
      'AVAILABLE COMMANDS',
      [
        indented(`o ${service.cliName}: the operations of the registry`),
        entry('o clean: deletes images by what they are: untagged, old, beyond the newest, by a rule'),
        entry('o images: deleted images: what there is to restore, restoring, purging; last pulls'),
        entry('o settings: how long deleted images are kept, and which tags are protected'),
        entry('o lifecycle: rules by which images expire, and a preview of what they would delete'),
        entry('o audit: what was done in the registry, and by whom'),
        entry('o configure: writes a profile, `configure --local` one for a registry on this machine'),
        entry('o completion: prints the completion script of bash, zsh or fish'),
        indented('o help'),
      ],
    ],
  ])

/** `berth ecr-public help` */
export const servicePage = (): string =>
  page([
    ['NAME', [paragraph(`${service.cliName} -`)]],
    [
      'DESCRIPTION',
      [
        paragraph(
          'A public registry holds repositories, and repositories hold images under tags. Anyone may pull; these commands manage what is there and who may push.',
        ),
      ],
    ],
    [
      'AVAILABLE COMMANDS',
      [...operationList.map(({ cliName }) => cliName), LOGIN_PASSWORD, 'help'].map(name => indented(`o ${name}`)),
    ],
  ])

/** `berth ecr-public get-login-password help` */
export const loginPasswordPage = (): string =>
  page([
    ['NAME', [paragraph(`${LOGIN_PASSWORD} -`)]],
    [
      'DESCRIPTION',
      [
        paragraph(
          'Prints a password for image clients such as docker, which is valid for 12 hours. The user name is AWS.',
        ),
      ],
    ],
    ['SYNOPSIS', [indented(LOGIN_PASSWORD)]],
    globalSection('GLOBAL OPTIONS'),
    [
      'EXAMPLES',
      [
        indented(
          `berth ${service.cliName} ${LOGIN_PASSWORD} | docker login --username AWS --password-stdin public.ecr.aws`,
        ),
      ],
    ],
    ['OUTPUT', [paragraph('The password and a line end.')]],
  ])

/** `berth ecr-public <operation> help`, and that of any command that runs one operation. */
export function operationPage(operation: Operation, examples = examplesOf(operation.cliName)): string {
  const options = operationOptions(operation).filter(option => !option.hidden)
  return page([
    ['NAME', [paragraph(`${operation.cliName} -`)]],
    ['DESCRIPTION', description(operation)],
    ['SYNOPSIS', [indented(operation.cliName), ...synopsis(options).map(line => indented(line, 1))]],
    ['OPTIONS', options.filter(option => !isOpposite(option)).flatMap(describeOption)],
    globalSection('GLOBAL OPTIONS'),
    ...(examples.length > 0 ? [['EXAMPLES', examples] satisfies Section] : []),
    ['OUTPUT', output(operation)],
  ])
}

function description({ documentation, pagination, cliName }: Operation): string[] {
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

function describeOption(option: OperationOption): string[] {
  const { member } = option
  const name = option.arity === 'none' ? both(option) : option.name
  const type = member ? typeWord(member.shape) : option.integer ? 'integer' : 'string'
  const words = member ? (member.shape.documentation ?? '') : (COMMON[option.name] ?? '')
  const head = indented(`${name} (${type})`)
  return [words === '' ? head : `${head}\n${paragraph(words, 2)}`, ...(member ? syntaxes(member.shape) : [])]
}

function syntaxes(shape: Shape): string[] {
  const parts = shapeOutline(shape).map(line => entry(line, 1))
  const shorthand = shorthandSyntax(shape)
  const json = jsonSyntax(shape)
  return [
    ...(parts.length > 0 ? [parts.join('\n')] : []),
    ...(shorthand === undefined ? [] : [`${indented('Shorthand Syntax:', 1)}\n\n${indented(shorthand, 2)}`]),
    ...(json === undefined
      ? []
      : [
          `${indented('JSON Syntax:', 1)}\n\n${formatJson(json, { indent: 2 })
            .split('\n')
            .map(line => indented(line, 2))
            .join('\n')}`,
        ]),
  ]
}

export function globalSection(title: string): Section {
  return [
    title,
    globalOptions.map(({ name, arity, choices, documentation }) => {
      const type = arity === 'none' ? 'boolean' : 'string'
      const values = choices ? [indented(`Values: ${choices.join(', ')}`, 1)] : []
      return [indented(`${name} (${type})`), paragraph(documentation, 2), ...values].join('\n')
    }),
  ]
}

function output({ output }: Operation): string[] {
  const members = Object.entries(output.members)
  if (members.length === 0) return [paragraph('None')]
  return members.map(([name, shape]) =>
    [
      indented(`${name} -> (${typeWord(shape)})`),
      ...(shape.documentation === undefined ? [] : [paragraph(shape.documentation, 2)]),
      ...shapeOutline(shape).map(line => entry(line, 1)),
    ].join('\n'),
  )
}

/** `berth images help` and its like. */
export const groupPage = (
  group: string,
  about: string,
  commands: readonly { readonly name: string; readonly documentation: string }[],
): string =>
  page([
    ['NAME', [paragraph(`${group} -`)]],
    ['DESCRIPTION', [paragraph(about), paragraph('Only servers of berth have these operations.')]],
    [
      'AVAILABLE COMMANDS',
      [
        ...commands.map(({ name, documentation }) => entry(`o ${name}: ${firstSentence(documentation)}`)),
        indented('o help'),
      ],
    ],
  ])

const firstSentence = (text: string) => /^.*?[.:](?= |$)/.exec(text)?.[0].replace(/:$/, '.') ?? text

/** `berth configure help` */
export const configurePage = (): string =>
  page([
    ['NAME', [paragraph('configure -')]],
    [
      'DESCRIPTION',
      [
        paragraph(
          'Writes a profile that points at the registry on this machine, with the first access key of its data folder. It becomes the default profile where there is none yet, and is called berth otherwise. All other profiles are files to write, or `aws configure` writes them.',
        ),
      ],
    ],
    ['SYNOPSIS', [indented('configure --local'), indented('[--data-dir <value>]', 1)]],
    [
      'OPTIONS',
      [
        indented('--local (boolean)'),
        `${indented('--data-dir (string)')}\n${paragraph('The data folder of the registry.', 2)}`,
        paragraph('--profile names the profile, --endpoint-url says where the registry serves.'),
      ],
    ],
    globalSection('GLOBAL OPTIONS'),
    ['EXAMPLES', [indented('berth configure --local'), indented('berth ecr-public describe-repositories')]],
  ])

/** `berth completion help` */
export const completionPage = (): string =>
  page([
    ['NAME', [paragraph('completion -')]],
    ['DESCRIPTION', [paragraph('Prints what makes a shell complete commands, options and their values.')]],
    ['SYNOPSIS', [indented('completion bash | zsh | fish')]],
    [
      'EXAMPLES',
      [
        indented('eval "$(berth completion bash)"    # in ~/.bashrc'),
        indented('eval "$(berth completion zsh)"     # in ~/.zshrc'),
        indented('berth completion fish | source     # in ~/.config/fish/config.fish'),
      ],
    ],
  ])
