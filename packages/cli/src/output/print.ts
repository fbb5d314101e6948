import { type GlobalValues, OUTPUT_FORMATS, type OutputFormat } from '../argv/global-options.ts'
import type { Settings } from '../config/settings.ts'
import { type Environment, setting } from '../environment.ts'
import { CommandError } from '../errors.ts'
import type { Query } from '../query/query.ts'
import type { Answer } from './answer.ts'
import { formatAnswer } from './formatter.ts'
import { directSink, type Sink } from './sink.ts'

const DEFAULT_WIDTH = 80

/** What decides how an answer is shown. */
export interface Showing {
  readonly options: Pick<GlobalValues, 'output' | 'color' | 'cliPager'>
  readonly query: Query | undefined
  readonly settings: Settings
  readonly environment: Environment
}

/** Ends colors, whatever was on the screen before. */
const RESET = '\u001b[0m'

/** Prints an answer as the options and settings want it. On a terminal it is shown in a pager. */
export async function print(answer: Answer, title: string, showing: Showing): Promise<void> {
  const { options, query, settings, environment } = showing
  const { stdout } = environment
  const pager = options.cliPager && stdout.isTTY ? pagerCommand(settings, environment) : ''
  const colored = options.color === 'on' || (options.color === 'auto' && stdout.isTTY && showsColors(environment))
  const table = {
    width: stdout.isTTY ? stdout.columns() : DEFAULT_WIDTH,
    color: !colored ? 'none' : pager === '' ? 'terminal' : 'pager',
  } as const
  const format = outputFormat(options.output, settings)
  const sink = await openSink(pager, environment)
  try {
    for await (const text of formatAnswer(answer, { format, query, title, table })) await sink.write(text)
  } finally {
    await sink.close()
    if (format === 'table' && colored && stdout.isTTY) stdout.write(RESET)
  }
}

/** Whether the terminal and its user allow colors (no-color.org). */
const showsColors = (environment: Environment): boolean =>
  setting(environment, 'NO_COLOR') === undefined && setting(environment, 'TERM') !== 'dumb'

/**
 * The format that the flag, the environment or the profile names. As in the original, one that does not exist is
 * noticed only here, after the call.
 */
export function outputFormat(flag: OutputFormat | undefined, settings: Settings): OutputFormat {
  if (flag !== undefined) return flag
  const configured = settings.lookUp({ variable: 'AWS_DEFAULT_OUTPUT', option: 'output' }) ?? 'json'
  const format = OUTPUT_FORMATS.find(each => each === configured)
  if (format === undefined) throw new CommandError('general', `Unknown output type: ${configured}`)
  return format
}

async function openSink(pager: string, environment: Environment): Promise<Sink> {
  if (pager === '') return directSink(environment)
  const { pagerSink } = await import('./pager.ts')
  return pagerSink(pager, environment)
}

/** An empty text anywhere means: no pager. */
function pagerCommand(settings: Settings, { env }: Environment): string {
  return env['AWS_PAGER'] ?? settings.lookUp({ option: 'cli_pager' }) ?? env['PAGER'] ?? 'less'
}
