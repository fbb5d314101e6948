import { formatDay } from '../../../ports/clock.ts'
import type { PullsByDay } from '../../../registry/gallery/shown-pulls.ts'
import { type Html, html } from '../html.ts'

/** In units of the drawing: a day with the gap behind it, its bar, and the longest bar. */
const [STEP, WIDTH, HEIGHT] = [4, 3, 48]

/** How often a repository was pulled: one number, a bar for each day, and the same as a table. */
export function pullsSection({ days, recent }: PullsByDay): Html {
  const pulled = days.filter(({ pulls }) => pulls > 0)
  return html`<section aria-labelledby="pulls"><h2 id="pulls">Pulls</h2>
<p class="sum"><b>${recent.toLocaleString('en')}</b> in 30 days</p>
${pulled.length === 0 ? html`<p class="quiet small">None is counted in the last ${days.length} days.</p>` : html`${bars(days)}${table(pulled)}`}</section>`
}

/** Heights are told by the table. */
function bars(days: PullsByDay['days']): Html {
  const most = Math.max(...days.map(({ pulls }) => pulls))
  const path = days.map(({ pulls }, at) => {
    const height = Math.ceil((pulls / most) * HEIGHT)
    return height === 0 ? '' : `M${at * STEP} ${HEIGHT}v-${height}h${WIDTH}v${height}z`
  })
  const [first = 0, last = 0] = [days[0]?.day, days.at(-1)?.day]
  return html`<svg class="bars" viewBox="0 0 ${days.length * STEP} ${HEIGHT}" preserveAspectRatio="none" aria-hidden="true" focusable="false"><path d="${path.join('')}"/></svg>
<p class="axis small quiet"><span>${formatDay(first)}</span><span>up to ${most.toLocaleString('en')} a day</span><span>${formatDay(last)}</span></p>`
}

function table(pulled: PullsByDay['days']): Html {
  return html`<details><summary>Pulls by day</summary><div class="frame" tabindex="0" role="region" aria-label="Pulls by day"><table>
<thead><tr><th scope="col">Day, in UTC</th><th scope="col" class="num">Pulls</th></tr></thead>
<tbody>${pulled.toReversed().map(({ day, pulls }) => html`<tr><td>${formatDay(day)}</td><td class="num">${pulls.toLocaleString('en')}</td></tr>`)}</tbody></table></div></details>`
}
