import { createHash } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import type { ImagePath } from '../../../domain/image-path.ts'
import type { AccountId, RepositoryName } from '../../../domain/names.ts'
import { GalleryError, isProblem, type ProblemKind } from '../../../domain/problem.ts'
import type { MemoryShare } from '../../../ports/memory.ts'
import type { Rows } from '../../../ports/metadata-store.ts'
import type { RepositoryRow } from '../../../ports/rows/repositories/repositories.ts'
import type { RegistryContext } from '../../../registry/context.ts'
import type { CountFreed } from '../../../registry/deletions/count-freed.ts'
import type { FactsOfImages } from '../../../registry/gallery/facts-of-images.ts'
import type { ControlCaller } from '../../access/control-caller.ts'
import type { Called, CallInput, CallOperation } from '../../control/call-operation.ts'
import type { Form } from '../forms/read-form.ts'
import { type Html, html } from '../html.ts'
import type { RenderMarkdown } from '../markdown/render-markdown.ts'
import type { PageContext } from '../pages/layout.ts'
import type { PageReply, Reply } from '../reply.ts'
import { FORM_TOKEN } from '../sign-in/check-form.ts'

/** What the desk's pages work with. */
export interface DeskServices {
  readonly context: RegistryContext
  readonly renderMarkdown: RenderMarkdown
  readonly facts: FactsOfImages
  readonly call: CallOperation
  readonly countFreed: CountFreed
}

/** One request of somebody who is signed in. */
export interface DeskAsked {
  readonly services: DeskServices
  /** Who asks, to give to policies (`authorizeRepository`) and to use cases (`caller.actor`). */
  readonly caller: ControlCaller
  readonly query: URLSearchParams
  /** The path behind the part. */
  readonly rest: string
  readonly share: MemoryShare
  readonly context: PageContext
  /** The hidden field that each form must have. */
  readonly hidden: Html
}

export interface DeskRepositoryAsked extends DeskAsked {
  /** The repository as the path names it. Whether it is there, and what may be done with it, is for the part to ask. */
  readonly path: ImagePath
  /** The repository as operations of the API take it: by the account that owns the alias. */
  readonly named: { readonly registryId: AccountId; readonly repositoryName: RepositoryName }
}

/** How a form is shown that could not be taken as it came. */
export interface Again {
  /** Why, for the page to begin with. */
  readonly notice: Html
  /** The field with the version, of what is stored now. */
  readonly versionField: (shown: unknown) => Html
}

/**
 * A page of the desk, and the forms on it. A form was sent from a page of this session when `post` gets it. What `post`
 * changes it changes by the use cases and policies of the API, and leads to a page by `location`.
 */
export interface DeskPart<Asked> {
  /** Shows a form once more with what was typed, where it could not be taken. Where nothing is typed there is none. */
  again?(asked: Asked, form: Form, again: Again): Promise<PageReply>
  /** What may stand in the path behind the part, besides nothing; `ID` is the name of something. */
  readonly rests?: readonly string[]
  get(asked: Asked): Promise<Reply>
  post?(asked: Asked, form: Form): Promise<Reply>
}

/** The names of parts, which stand in their paths. The part without a name is where one begins. */
export type DeskParts<Asked> = Readonly<Record<string, DeskPart<Asked>>>

export const hiddenField = (formToken: string): Html =>
  html`<input type="hidden" name="${FORM_TOKEN}" value="${formToken}">`

/** The part of that name, which has pages of that rest. @throws GalleryError `pageUnknown` */
export function findPart<Asked>(
  parts: DeskParts<Asked>,
  { part: name, rest }: { readonly part: string; readonly rest: string },
  { url = '' }: IncomingMessage,
): DeskPart<Asked> {
  const part = Object.hasOwn(parts, name) ? parts[name] : undefined
  const rests = ['', ...(part?.rests ?? [])]
  if (part === undefined || !rests.includes(rest.replace(/(?<=\/)[\w-]{1,64}$/, 'ID')))
    throw new GalleryError({ kind: 'pageUnknown', path: url.split('?', 1)[0] ?? '' })
  return part
}

/** What is held of a page of a listing while it is made. */
const LISTING_BYTES = 1024 * 1024

/** Does an operation of the API for the user. @throws ProblemError as the operation */
export const callAs = (
  { services, share }: DeskAsked,
  caller: ControlCaller,
  name: string,
  input: CallInput,
): Promise<Called> =>
  services.call(name, input, caller, async (bytes = LISTING_BYTES) => share.hold(share.sizeBytes + bytes))

/**
 * As `callAs`, for what was typed. Where that breaks a rule, the rule is returned in words, so that the form is shown
 * once more with what is in it.
 */
export async function tryCall(
  asked: DeskAsked,
  caller: ControlCaller,
  name: string,
  input: CallInput,
): Promise<{ readonly refusal: string } | Called> {
  try {
    return await callAs(asked, caller, name, input)
  } catch (error) {
    if (!isProblem(error, 'parameterInvalid')) throw error
    return { refusal: `${error.problem.member}: ${error.problem.constraint}` }
  }
}

/** Does a removal. Where the thing is gone already, as after a form that was sent twice, there is nothing to do. */
export async function unlessGone(removing: Promise<unknown>, kind: ProblemKind): Promise<void> {
  try {
    await removing
  } catch (error) {
    if (!isProblem(error, kind)) throw error
  }
}

/** Stands for what an object was when a page showed it. */
const versionOf = (shown: unknown): string =>
  createHash('sha256')
    .update(JSON.stringify(shown) ?? '')
    .digest('base64url')
    .slice(0, 22)

/** The hidden field with the version of what a form changes. */
export const versionField = (shown: unknown): Html => fieldOf(versionOf(shown))

/** The hidden field as a form brought it, for a page that shows the form once more. */
export const sameVersion = (form: Form): Html => fieldOf(form.text(VERSION))

/** The name of that field. */
export const VERSION = 'version'
const fieldOf = (version: string): Html => html`<input type="hidden" name="${VERSION}" value="${version}">`

/** What a form changes: how that reads now, and how it will once the form has done its work. */
export interface Changed {
  readonly what: string
  readonly read: (rows: Rows, row: RepositoryRow | undefined) => unknown
  readonly becomes: (row: RepositoryRow | undefined) => unknown
}

/**
 * The caller of a form, who may change something only as long as it is what the form was made of: it is read once more
 * in the transaction of the change. A form that was sent twice finds its work done, and may do it again.
 * @throws GalleryError `changedSince`, then
 */
export function unlessChanged(caller: ControlCaller, form: Form, { what, read, becomes }: Changed): ControlCaller {
  return {
    ...caller,
    require(actions, resource, facts) {
      const confirm = caller.require(actions, resource, facts)
      return async (rows, row) => {
        await confirm(rows, row)
        const now = versionOf(await read(rows, row))
        if (now !== form.text(VERSION) && now !== versionOf(becomes(row)))
          throw new GalleryError({ kind: 'changedSince', what })
      }
    },
  }
}
