import type { Environment } from '../../environment.ts'
import { exitCodes } from '../../errors.ts'
import { pagerSink } from '../../output/pager.ts'
import { directSink } from '../../output/sink.ts'
import type { Page } from './layout.ts'
import { renderPage } from './render-page.ts'

/** Shows a page of help in MANPAGER, PAGER or less. */
export async function showPage(page: Page, environment: Environment): Promise<number> {
  const { MANPAGER, PAGER } = environment.env
  const command = MANPAGER || PAGER || (environment.stdout.isTTY ? 'less -R' : '')
  const sink = command === '' ? directSink(environment) : pagerSink(command, environment)
  try {
    await sink.write(renderPage(page))
  } finally {
    await sink.close()
  }
  return exitCodes.ok
}
