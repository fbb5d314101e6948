import type { IncomingMessage } from 'node:http'
import { GalleryError } from '../../../domain/problem.ts'
import { formTokenOf } from '../../../domain/tokens/session.ts'
import { sameText } from '../../../domain/tokens/signed-document.ts'
import type { Door } from './door.ts'

/** The hidden field of every form. */
export const FORM_TOKEN = 'form-token'

/**
 * Checks from the head of a request that its form is one of this server's, before anything of a body is read. Browsers
 * say whether a form came from the same origin (Fetch Metadata); older ones say from which it came.
 * @throws GalleryError `plainHttp`, `formRefused`
 */
export function checkSender({ headers }: IncomingMessage, door: Door): void {
  requireDoor(door)
  const { 'sec-fetch-site': site, origin } = headers
  const isOwn = site === undefined ? origin !== undefined && door.origins.includes(origin) : site === 'same-origin'
  if (!isOwn) throw new GalleryError({ kind: 'formRefused', reason: 'site' })
}

/** Checks that forms may be sent here at all. @throws GalleryError `plainHttp`, `formRefused` */
export function requireDoor(door: Door): void {
  if (!door.isKnown) throw new GalleryError({ kind: 'formRefused', reason: 'host' })
  if (door.kind === 'plain') throw new GalleryError({ kind: 'plainHttp', relayedFrom: door.relayedFrom })
}

/**
 * Checks that a form was shown to the browser that sent it: to that session, or to that visit before a session.
 * @throws GalleryError `formRefused`
 */
export function checkToken(given: string, id: string | undefined): void {
  if (id === undefined || !sameText(given, formTokenOf(id)))
    throw new GalleryError({ kind: 'formRefused', reason: 'token' })
}
