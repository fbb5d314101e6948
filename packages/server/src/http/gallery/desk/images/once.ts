import { createHash } from 'node:crypto'
import type { RepositoryRow } from '../../../../ports/rows/repositories/repositories.ts'
import { newJobId } from '../../../../registry/deletions/begin-image-job.ts'
import type { ControlCaller } from '../../../access/control-caller.ts'
import type { Form } from '../../forms/read-form.ts'
import { type Html, html } from '../../html.ts'

const FIELD = 'once'

/** A field that is another one in each page, by which a form that is sent twice is known again. */
export const onceField = (): Html => html`<input type="hidden" name="${FIELD}" value="${newJobId()}">`

/** The id of the job that a form begins: the same however often the form is sent, and nobody else's. */
export function jobIdOf(form: Form, { accessKeyId }: ControlCaller, { id }: RepositoryRow): string {
  const once = form.text(FIELD)
  if (!/^[\w-]{22}$/.test(once)) return newJobId()
  return createHash('sha256').update(`${accessKeyId} ${id} ${once}`).digest('base64url').slice(0, 22)
}
