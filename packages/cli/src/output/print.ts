import { OUTPUT_FORMATS, type OutputFormat } from '../argv/global-options.ts'
import type { Settings } from '../config/settings.ts'
import type { Context } from '../context.ts'
import type { Environment } from '../environment.ts'
import { CommandError } from '../errors.ts'
import { type Answer, format } from './formatter.ts'
import { directSink, type Sink } from './sink.ts'

const DEFAULT_WIDTH = 80

/** Prints an answer as the options and settings want it, in a pager where there is a terminal. */
export async function print(answer: Answer, title: string, context: Context): Promise<void> {
  const { options, query, settings, environment } = context
  const { stdout } = environment
  const table = {
    width: (stdout.isTTY && stdout.columns()) || DEFAULT_WIDTH,
    colour: options.color === 'on' || (options.color === 'auto' && stdout.isTTY),
  }
  const sink = await openSink(context)
  try {
    for await (const text of format(answer, { format: outputFormat(options.output, settings), query, title, table })) {
      await sink.write(text)
    }
  } finally {
    await sink.close()
  }
}

/** The flag, the environment or the profile; one that does not exist is noticed only here, after the call. */
export function outputFormat(flag: OutputFormat | undefined, settings: Settings): OutputFormat {
  if (flag !== undefined) return flag
  const configured = settings.lookUp({ variable: 'AWS_DEFAULT_OUTPUT', option: 'output' }) ?? 'json'
  const format = OUTPUT_FORMATS.find(each => each === configured)
  if (format === undefined) throw new CommandError('general', `Unknown output type: ${configured}`)
  return format
}

async function openSink({ options, settings, environment }: Context): Promise<Sink> {
  const command = options.cliPager && environment.stdout.isTTY ? pagerCommand(settings, environment) : ''
  if (command === '') return directSink(environment)
  const { pagerSink } = await import('../rarely.ts')
  return pagerSink(command, environment)
}

/** An empty text anywhere means: no pager. */
function pagerCommand(settings: Settings, { env }: Environment): string {
  return env['AWS_PAGER'] ?? settings.lookUp({ option: 'cli_pager' }) ?? env['PAGER'] ?? 'less'
}
