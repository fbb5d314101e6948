import type { IncomingMessage } from 'node:http'
import type { ImagePath } from '../../../domain/image-path.ts'
import { GalleryError } from '../../../domain/problem.ts'
import type { MemoryShare } from '../../../ports/memory.ts'
import type { RegistryContext } from '../../../registry/context.ts'
import type { FactsOfImages } from '../../../registry/gallery/facts-of-images.ts'
import type { ControlCaller } from '../../access/control-caller.ts'
import type { Form } from '../forms/read-form.ts'
import { type Html, html } from '../html.ts'
import type { RenderMarkdown } from '../markdown/render-markdown.ts'
import type { PageContext } from '../pages/layout.ts'
import type { Reply } from '../reply.ts'
import { FORM_TOKEN } from '../sign-in/check-form.ts'

/** What the desk's pages work with. */
export interface DeskServices {
  readonly context: RegistryContext
  readonly renderMarkdown: RenderMarkdown
  readonly facts: FactsOfImages
}

/** One request of somebody who is signed in. */
export interface DeskAsked {
  readonly services: DeskServices
  /** Who asks, to give to policies (`authorizeRepository`) and to use cases (`caller.actor`). */
  readonly caller: ControlCaller
  readonly query: URLSearchParams
  /** What stands in the path behind the part. */
  readonly rest: string
  readonly share: MemoryShare
  readonly context: PageContext
  /** The hidden field that each form must have. */
  readonly hidden: Html
}

export interface DeskRepositoryAsked extends DeskAsked {
  /** As the path names it. Whether it is there, and what may be done with it, is for the part to ask. */
  readonly path: ImagePath
}

/**
 * A page of the desk, and the forms on it. A form was sent from a page of this session when `post` gets it. What `post`
 * changes it changes by the use cases and policies of the API, and leads to a page by `location`.
 */
export interface DeskPart<Asked> {
  get(asked: Asked): Promise<Reply>
  post?(asked: Asked, form: Form): Promise<Reply>
}

/** The names of parts, which stand in their paths. The part without a name is where one begins. */
export type DeskParts<Asked> = Readonly<Record<string, DeskPart<Asked>>>

export const hiddenField = (formToken: string): Html =>
  html`<input type="hidden" name="${FORM_TOKEN}" value="${formToken}">`

/** The part of that name. @throws GalleryError `pageUnknown` */
export function findPart<Asked>(parts: DeskParts<Asked>, name: string, { url = '' }: IncomingMessage): DeskPart<Asked> {
  const part = Object.hasOwn(parts, name) ? parts[name] : undefined
  if (part === undefined) throw new GalleryError({ kind: 'pageUnknown', path: url.split('?', 1)[0] ?? '' })
  return part
}
