import { groupBy } from '../../../domain/group-by.ts'
import type { Form } from '../forms/read-form.ts'
import { pathOf } from '../href.ts'
import { type Html, html } from '../html.ts'
import type { Page } from '../pages/layout.ts'
import { plain } from '../parts/text.ts'
import { FORM_TOKEN } from '../sign-in/check-form.ts'
import { VERSION } from './desk.ts'

/** Fields that nobody types. */
const UNTYPED: ReadonlySet<string> = new Set([FORM_TOKEN, VERSION, 'do'])

/**
 * Keeps what was typed into a form whose session was over when it came. It is told to whoever sent it alone, and sent
 * once more when they have signed in: then it is shown where it was typed.
 */
export function sessionOverPage(form: Form, path: string): Page {
  const all = form.texts().filter(([name]) => name !== FORM_TOKEN)
  const typed = all.filter(([name, text]) => !UNTYPED.has(name) && text !== '')
  const hidden = all.map(([name, text]) => html`<input type="hidden" name="${name}" value="${text}">`)
  const named = groupBy(
    typed,
    ([name]) => name,
    ([, text]) => text,
  )
  return {
    title: 'Your session is over',
    body: html`<div class="narrow"><h1>Your session is over</h1>
<p class="lead">Nothing was changed. What you typed is still here. <a href="${pathOf.signIn({ back: pathOf.manage() })}" target="_blank" rel="noopener">Sign in in another tab</a>, come back, and go on. A file must be chosen once more.</p>
<form class="panel" method="post" action="${path}">${hidden}<h2>What you typed</h2>
${Array.from(named, ([name, texts], at) => field(`typed-${at}`, name, texts))}
<p class="actions"><button class="main" type="submit">Go on with what I typed</button></p></form></div>`,
  }
}

function field(id: string, name: string, texts: readonly string[]): Html {
  const label = plain(name.replaceAll('-', ' '), 60)
  return html`<div class="field"><label for="${id}">${label}</label><textarea id="${id}" rows="4" readonly>
${texts.join('\n')}</textarea></div>`
}
