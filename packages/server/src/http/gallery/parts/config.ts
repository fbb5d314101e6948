import type { ConfigFacts, HistoryEntry } from '../../../registry/gallery/config-facts.ts'
import type { ConfigOutcome } from '../../../registry/gallery/facts-of-images.ts'
import type { DescriptorFacts, Some } from '../../../registry/gallery/image-facts.ts'
import { type Html, html } from '../html.ts'
import { fitting } from './fitting.ts'
import { namedTable, rest } from './named-table.ts'
import { free, plain, timeIn } from './text.ts'

const WORD_LIMIT = 500
const STEP_LIMIT = 1_500
/** Bytes of the page that one list of words, and the history, may take. */
const SHARES = { words: 3_000, environment: 6_000, history: 16_000 }

/** What an image runs and how it was made, or why that cannot be shown. */
export function configSection(config: ConfigOutcome, descriptor: DescriptorFacts | undefined): Html {
  if (typeof config === 'object')
    return html`${runs(config)}${config.described.total > 0 && namedTable('Labels', 'labels', config.described)}${config.history.total > 0 && history(config.history)}`
  if (config === 'otherType')
    return html`<section aria-labelledby="config"><h2 id="config">Configuration</h2><p class="quiet">Of type ${free(descriptor?.mediaType ?? '', 200)}, which is for other programs to read.</p></section>`
  const words = {
    tooLarge: 'It is larger than 4 MiB, and is not shown.',
    absent: 'Its bytes are not here.',
    unreadable: 'It is no JSON object of a size that a page reads.',
  }
  return html`<section aria-labelledby="config"><h2 id="config">Configuration</h2><p class="quiet">${words[config]}</p></section>`
}

function runs(config: ConfigFacts): Html {
  const rows: [string, Html][] = []
  const add = (name: string, value: Html | undefined) => {
    if (value !== undefined) rows.push([name, value])
  }
  const one = (text: string | undefined) =>
    text === undefined ? undefined : html`<code>${free(text, WORD_LIMIT)}</code>`
  add('Entrypoint', line(config.entrypoint))
  add('Command', line(config.command))
  add('User', one(config.user))
  add('Working directory', one(config.workingDirectory))
  add('Ports', line(config.ports))
  add('Volumes', list(config.volumes, SHARES.words))
  add('Environment', list(config.environment, SHARES.environment))
  add('Stop signal', one(config.stopSignal))
  add('Author', config.author === undefined ? undefined : free(config.author, 200))
  add('Made', config.created === undefined ? undefined : timeIn(config.created))
  if (rows.length === 0) return html``
  return html`<section aria-labelledby="config"><h2 id="config">Configuration</h2><div class="frame" tabindex="0" role="region" aria-label="Configuration"><table><tbody>${rows.map(
    ([name, value]) => html`<tr><th scope="row">${name}</th><td>${value}</td></tr>`,
  )}</tbody></table></div></section>`
}

/** Words of a command in one line, apart from each other. */
function line(words: Some<string>): Html | undefined {
  if (words.total === 0) return undefined
  const items = fitting(
    words.items.map(word => html`<code>${free(word, WORD_LIMIT)}</code> `),
    SHARES.words,
  )
  return html`${items}${rest({ items, total: words.total })}`
}

function list(words: Some<string>, shareBytes: number): Html | undefined {
  if (words.total === 0) return undefined
  const items = fitting(
    words.items.map(word => html`<li><code>${free(word, WORD_LIMIT)}</code></li>`),
    shareBytes,
  )
  return html`<ul class="lines">${items}</ul>${rest({ items, total: words.total })}`
}

function history(steps: Some<HistoryEntry>): Html {
  const items = fitting(
    steps.items.map(
      ({ createdBy, comment, isEmpty }) =>
        html`<li${isEmpty && html` class="none"`}><code>${free(plain(createdBy ?? comment ?? 'unknown step', STEP_LIMIT), STEP_LIMIT)}</code>${isEmpty && html` <span class="badge">no layer</span>`}</li>`,
    ),
    SHARES.history,
  )
  return html`<section aria-labelledby="history"><h2 id="history">How it was made</h2><div class="frame"><ol class="steps">${items}</ol></div>${rest({ items, total: steps.total })}</section>`
}
