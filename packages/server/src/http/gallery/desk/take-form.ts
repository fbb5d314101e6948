import { isProblem } from '../../../domain/problem.ts'
import type { Session } from '../../../registry/access/sessions.ts'
import { tell } from '../errors.ts'
import type { Form } from '../forms/read-form.ts'
import { html } from '../html.ts'
import type { PageReply, Reply } from '../reply.ts'
import { checkToken, FORM_TOKEN } from '../sign-in/check-form.ts'
import { type Again, sameVersion, versionField } from './desk.ts'
import { sessionOverPage } from './session-over.ts'

/** What a part does with a form, with what it is asked. */
export interface FormTaker {
  readonly post: (form: Form) => Promise<Reply>
  readonly again: ((form: Form, again: Again) => Promise<PageReply>) | undefined
}

interface Sent {
  readonly session: Session
  /** Of the form's own page. */
  readonly path: string
}

const OTHER_SESSION = html`<p class="notice held" role="alert">Nothing was saved: this form was made before you signed in. What you typed is still here. Look at it once more, and save it.</p>`

const changed = (what: string, path: string) =>
  html`<p class="notice go" role="alert"><strong>Changed since you opened this page.</strong> Somebody else has changed ${what} meanwhile, and nothing of yours was saved. What you typed is still here; to save it now replaces what they did. <a href="${path}" target="_blank" rel="noopener">See what is there now</a></p>`

/**
 * Takes a form of the desk from the session that was shown it. One that comes from another session, or would overwrite
 * what others did, changes nothing, and is shown once more with what was typed, where anything was. So is one whose
 * session ended before it took effect.
 * @throws ProblemError what the page has to say
 */
export async function takeForm(
  { post, again }: FormTaker,
  form: Form,
  { session: { id }, path }: Sent,
): Promise<Reply> {
  try {
    checkToken(form.text(FORM_TOKEN), id)
    return await post(form)
  } catch (error) {
    if (again === undefined) throw error
    // It was good when the form's head came.
    if (isProblem(error, 'sessionOver')) return { page: sessionOverPage(form, path), status: 401 }
    if (isProblem(error, 'formRefused'))
      return { ...(await again(form, { notice: OTHER_SESSION, versionField: () => sameVersion(form) })), status: 403 }
    if (!isProblem(error, 'changedSince')) throw error
    const { status } = tell(error.problem)
    return { ...(await again(form, { notice: changed(error.problem.what, path), versionField })), status }
  }
}
