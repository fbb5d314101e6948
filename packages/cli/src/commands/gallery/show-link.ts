import type { Answer } from '../../output/answer.ts'
import { print, type Showing } from '../../output/print.ts'
import { str } from '../../python/text.ts'
import { openBrowser } from './open-browser.ts'

/** The member that the command adds to the answer, for `showLink` alone. */
export const MAY_OPEN = 'mayOpen'

/** Prints a link, and opens it in a browser where one may be opened and no format was asked for. */
export async function showLink(answer: Answer, title: string, showing: Showing): Promise<void> {
  if (!('one' in answer)) return print(answer, title, showing)
  const { options, query, settings, environment } = showing
  const mayOpen = answer.one.get(MAY_OPEN) === true
  const one = new Map([...answer.one].filter(([name]) => name !== MAY_OPEN))
  const format = options.output ?? settings.lookUp({ variable: 'AWS_DEFAULT_OUTPUT', option: 'output' })
  if (format !== undefined || query !== undefined) return print({ one }, title, showing)
  const url = str(one.get('url') ?? '')
  environment.stdout.write(`${url}\n`)
  const isOpened = mayOpen && (await openBrowser(url, environment))
  environment.stderr.write(`The link is good once, and for a minute.${isOpened ? ' A browser opens it.' : ''}\n`)
}
