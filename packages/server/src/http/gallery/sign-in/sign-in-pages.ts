import type { AccessKeyRow } from '../../../ports/rows/access/access-keys.ts'
import { pathOf } from '../href.ts'
import { type Html, html } from '../html.ts'
import type { Page } from '../pages/layout.ts'
import { plain } from '../parts/text.ts'
import { FORM_TOKEN } from './check-form.ts'

/** Why the page is shown again. */
export type SignInNotice = 'refused' | 'limited' | 'over'

export interface SignInView {
  readonly formToken: string
  /** The path to go to when it is done. */
  readonly back: string
  readonly notice: SignInNotice | undefined
}

const NOTICES: Readonly<Record<SignInNotice, string>> = {
  refused: 'That signs nobody in: it is wrong, has ended, or was revoked.',
  limited:
    'There were too many wrong attempts from your address. Wait a minute before the next one, or use a password.',
  over: 'Your session is over. Sign in to go on.',
}

const COMMAND = 'berth ecr-public get-login-password'

export function signInPage({ formToken, back, notice }: SignInView): Page {
  const hidden = html`<input type="hidden" name="${FORM_TOKEN}" value="${formToken}"><input type="hidden" name="back" value="${back}">`
  return {
    title: 'Sign in',
    body: html`<div class="narrow"><h1>Sign in</h1>
<p class="lead">To look after your repositories. Whoever only pulls needs no sign-in.</p>
${notice !== undefined && html`<p class="notice ${notice === 'over' ? 'held' : 'go'}" role="alert">${NOTICES[notice]}</p>`}
<div class="doors">${byPassword(hidden)}${byKey(hidden)}</div>
<p class="quiet small">The session ends after twelve hours, over plain HTTP on this machine after one, and when the password ends, the key is revoked, or you sign out.</p></div>`,
  }
}

const byPassword = (
  hidden: Html,
): Html => html`<form class="panel" method="post" action="${pathOf.signIn()}" aria-labelledby="by-password">
<h2 id="by-password">With a password for a while</h2>
<p class="quiet small">Your terminal prints one for the profile that you use, and <code>berth gallery open</code> needs none:</p>
<div class="pull"><code>${COMMAND}</code><button type="button" data-copy="${COMMAND}" hidden aria-label="Copy ${COMMAND}">Copy</button></div>
${hidden}<label for="password">Password</label>
<input id="password" type="password" name="password" required maxlength="16000" autocomplete="off" spellcheck="false">
<button class="main" type="submit">Sign in</button></form>`

const byKey = (
  hidden: Html,
): Html => html`<form class="panel" method="post" action="${pathOf.signIn()}" aria-labelledby="by-key">
<h2 id="by-key">With an access key</h2>
${hidden}<label for="access-key-id">Access key ID</label>
<input id="access-key-id" type="text" name="access-key-id" required maxlength="128" autocomplete="username" autocapitalize="off" spellcheck="false" placeholder="AKIA…">
<label for="secret-access-key">Secret access key</label>
<input id="secret-access-key" type="password" name="secret-access-key" required maxlength="128" autocomplete="current-password">
<button type="submit" class="main">Sign in</button></form>`

/** Shows whose link it is. `other` is the user that the browser is signed in as now. */
export const linkPage = (
  { accountId, userName }: Pick<AccessKeyRow, 'accountId' | 'userName'>,
  { formToken, secret, other }: { formToken: string; secret: string; other: string | undefined },
): Page => ({
  title: 'Sign in',
  body: html`<div class="narrow"><h1>Sign in as ${plain(userName, 64)}?</h1>
<p class="lead">Somebody asked for this link by <code>berth gallery open</code>, as <strong>${plain(userName, 64)}</strong> of account <code>${accountId}</code>. It is good once, and for a minute. If that was not you, close this page.</p>
${other !== undefined && html`<p class="notice held">This browser is signed in as ${plain(other, 64)}. That session is replaced.</p>`}
<form method="post" action="${pathOf.signInLink(secret)}"><input type="hidden" name="${FORM_TOKEN}" value="${formToken}"><button class="main" type="submit">Sign in as ${plain(userName, 64)}</button></form></div>`,
})
