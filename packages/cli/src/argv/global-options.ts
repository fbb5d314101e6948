import type { ArgumentSpec, ArgumentValue } from './parse-arguments.ts'

export const OUTPUT_FORMATS = ['json', 'text', 'table', 'yaml', 'yaml-stream'] as const
export type OutputFormat = (typeof OUTPUT_FORMATS)[number]

type GlobalOption = ArgumentSpec & { readonly documentation: string }

const flag = (name: string, key: string, bare: boolean, documentation: string): GlobalOption => ({
  name,
  key,
  arity: 'none',
  bare,
  documentation,
})

const value = (name: string, documentation: string, more: Partial<ArgumentSpec> = {}): GlobalOption => ({
  name,
  key: name.slice(2),
  arity: 'one',
  documentation,
  ...more,
})

/** The options of every command, in the order help and usage errors list them. */
export const globalOptions: readonly GlobalOption[] = [
  flag('--debug', 'debug', true, 'Log every step to stderr. Secrets are left out.'),
  value('--endpoint-url', 'Send requests to this URL: `http://` or `https://`, a host and perhaps a path.'),
  flag('--no-verify-ssl', 'verify-ssl', false, "Do not check the server's certificate."),
  flag('--no-paginate', 'paginate', false, 'Make one request only, for the first page of a listing.'),
  value('--output', 'The format of the output.', { choices: OUTPUT_FORMATS }),
  value('--query', 'A JMESPath expression; only what it selects is printed.'),
  value('--profile', 'The profile of the configuration files to take settings and credentials from.'),
  value('--region', 'The region; it is part of every signature and, without an endpoint URL, of the host name.'),
  flag('--version', 'version', true, 'Print the version of this program.'),
  value('--color', 'Whether tables are coloured.', { choices: ['on', 'off', 'auto'] }),
  flag('--no-sign-request', 'sign-request', false, 'Send requests without a signature; no credentials are looked for.'),
  value('--ca-bundle', 'A file of CA certificates to check servers by.'),
  value(
    '--cli-read-timeout',
    'Seconds to wait for the server while it sends nothing. The default is 60; 0 waits for ever.',
  ),
  value(
    '--cli-connect-timeout',
    'Seconds to wait for a connection to the server. The default is 60; 0 waits for ever.',
  ),
  value(
    '--cli-binary-format',
    'How the text of a binary parameter is meant: as base64, or raw. What comes by `fileb://` is taken as it is.',
    { choices: ['base64', 'raw-in-base64-out'] },
  ),
  flag('--no-cli-pager', 'cli-pager', false, 'Do not show the output in a pager.'),
  flag('--cli-auto-prompt', 'auto-prompt', true, 'Ask for the command and its options interactively.'),
  flag('--no-cli-auto-prompt', 'no-auto-prompt', true, 'Do not ask interactively.'),
  {
    ...flag(
      '--fail-on-partial',
      'fail-on-partial',
      true,
      'Exit with 254 when the answer lists failures, and summarise them on stderr. An option of berth alone.',
    ),
    exact: true,
  },
]

/** The values of the global options. Each value is called by its option's name, except where that is a flag. */
export interface GlobalValues {
  readonly debug: boolean
  readonly endpointUrl?: string
  readonly verifySsl: boolean
  readonly paginate: boolean
  readonly output?: OutputFormat
  readonly query?: string
  readonly profile?: string
  readonly region?: string
  readonly color: 'on' | 'off' | 'auto'
  readonly signRequest: boolean
  readonly caBundle?: string
  readonly readTimeout?: string
  readonly connectTimeout?: string
  readonly binaryFormat?: 'base64' | 'raw-in-base64-out'
  readonly cliPager: boolean
  readonly autoPrompt: boolean
  readonly noAutoPrompt: boolean
  readonly failOnPartial: boolean
}

/** The global options that were parsed, with their types. */
export function globalValues(values: ReadonlyMap<string, ArgumentValue>): GlobalValues {
  const text = (key: string) => {
    const found = values.get(key)
    return typeof found === 'string' ? found : undefined
  }
  const given = <Key extends string, T extends string>(key: Key, found: T | undefined) =>
    (found === undefined ? {} : { [key]: found }) as { [K in Key]?: T }
  return {
    debug: values.get('debug') === true,
    ...given('endpointUrl', text('endpoint-url')),
    verifySsl: values.get('verify-ssl') !== false,
    paginate: values.get('paginate') !== false,
    ...given(
      'output',
      OUTPUT_FORMATS.find(format => format === text('output')),
    ),
    ...given('query', text('query')),
    ...given('profile', text('profile')),
    ...given('region', text('region')),
    color: (['on', 'off'] as const).find(choice => choice === text('color')) ?? 'auto',
    signRequest: values.get('sign-request') !== false,
    ...given('caBundle', text('ca-bundle')),
    ...given('readTimeout', text('cli-read-timeout')),
    ...given('connectTimeout', text('cli-connect-timeout')),
    ...given(
      'binaryFormat',
      (['base64', 'raw-in-base64-out'] as const).find(it => it === text('cli-binary-format')),
    ),
    cliPager: values.get('cli-pager') !== false,
    autoPrompt: values.get('auto-prompt') === true,
    noAutoPrompt: values.get('no-auto-prompt') === true,
    failOnPartial: values.get('fail-on-partial') === true,
  }
}
