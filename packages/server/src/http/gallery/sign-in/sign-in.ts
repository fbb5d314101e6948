import { randomBytes } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import { isProblem } from '../../../domain/problem.ts'
import { formTokenOf } from '../../../domain/tokens/session.ts'
import type { MemoryShare } from '../../../ports/memory.ts'
import type { Session, Sessions } from '../../../registry/access/sessions.ts'
import type { SignedIn, SignIn } from '../../../registry/access/sign-in.ts'
import type { ClientOf } from '../../client.ts'
import { cookieOf } from '../cookies.ts'
import { type Form, readForm } from '../forms/read-form.ts'
import { isLocalPath, pathOf } from '../href.ts'
import type { Reply } from '../reply.ts'
import { checkSender, checkToken, FORM_TOKEN, requireDoor } from './check-form.ts'
import type { Door } from './door.ts'
import { hintCookie, sessionCookie, setCookie, visitCookie } from './session-cookies.ts'
import { type SignInNotice, signInPage } from './sign-in-pages.ts'

export interface SignInParts {
  readonly signIn: SignIn
  readonly sessions: Sessions
  readonly clientOf: ClientOf
  readonly windowMs: number
  /** Counts how sign-ins end. */
  readonly noteSignIn: (result: SignInResult) => void
}

export type SignInResult = 'done' | 'refused' | 'limited'

/** A request to a page of signing in, and the way by which it came. */
export interface SignInAsked {
  readonly request: IncomingMessage
  readonly door: Door
  readonly query: URLSearchParams
  readonly share: MemoryShare
  /** The session that the browser has, if any. */
  readonly session: Session | undefined
}

/** The most bytes of a form: a login is short. */
export const FORM_LIMIT_BYTES = 32 * 1024
const HOUR_MS = 60 * 60 * 1000
const VISIT = /^[\w-]{22}$/

/** Answers the page where one signs in, and its two forms. @throws GalleryError `formRefused`, `plainHttp` */
export async function answerSignIn(parts: SignInParts, asked: SignInAsked): Promise<Reply> {
  const { request, door, query, session } = asked
  if (request.method === 'POST') return takeLogin(parts, asked)
  const back = backOf(query.get('back'))
  requireDoor(door)
  if (session !== undefined) return { location: back }
  return showSignIn(asked, back, query.has('over') ? 'over' : undefined)
}

async function takeLogin(parts: SignInParts, { request, door, share }: SignInAsked): Promise<Reply> {
  checkSender(request, door)
  const { windowMs } = parts
  const form = await readForm(request, { limitBytes: FORM_LIMIT_BYTES, windowMs, share })
  const visit = visitOf(request, door)
  checkToken(form.text(FORM_TOKEN), visit)
  const back = backOf(form.text('back'))
  // Whoever waits to be let in holds nothing meanwhile.
  share.release()
  try {
    const signedIn = await prove(parts, form, parts.clientOf(request).address)
    parts.noteSignIn('done')
    return { location: back, cookies: await beginSession(parts.sessions, door, signedIn) }
  } catch (error) {
    if (isProblem(error, 'tooManyRequests')) {
      parts.noteSignIn('limited')
      const { retryAfterSeconds } = error.problem
      return { ...again(visit, back, 'limited'), status: 429, headers: { 'retry-after': String(retryAfterSeconds) } }
    }
    if (!isProblem(error, 'credentialsRefused')) throw error
    parts.noteSignIn('refused')
    return { ...again(visit, back, 'refused'), status: 403 }
  }
}

const again = (visit: string | undefined, back: string, notice: SignInNotice) => ({
  page: signInPage({ formToken: formTokenOf(visit ?? ''), back, notice }),
})

function prove({ signIn }: SignInParts, form: Form, address: string): Promise<SignedIn> {
  const accessKeyId = form.text('access-key-id').trim()
  // People paste a line end along.
  if (accessKeyId !== '') return signIn.byKey(accessKeyId, form.text('secret-access-key').trim(), address)
  return signIn.byPassword(form.text('password').trim(), address)
}

/** Begins a session, and returns its cookies. */
export async function beginSession(sessions: Sessions, door: Door, { principal, until }: SignedIn): Promise<string[]> {
  const longestMs = door.kind === 'https' ? 12 * HOUR_MS : HOUR_MS
  const { cookie, seconds } = await sessions.begin(principal, { until, longestMs })
  return [setCookie(door, sessionCookie(door), cookie, seconds), setCookie(door, hintCookie(door), '1', seconds)]
}

function showSignIn({ request, door }: SignInAsked, back: string, notice: SignInNotice | undefined): Reply {
  const { formToken, cookies } = beginVisit(request, door)
  return { page: signInPage({ formToken, back, notice }), cookies }
}

/** The token for forms that a browser is shown before a session. It keeps a cookie that they must come back with. */
export function beginVisit(request: IncomingMessage, door: Door): { formToken: string; cookies: readonly string[] } {
  const known = visitOf(request, door)
  const visit = known ?? randomBytes(16).toString('base64url')
  const cookies = known === undefined ? [setCookie(door, visitCookie(door), visit)] : []
  return { formToken: formTokenOf(visit), cookies }
}

export function visitOf(request: IncomingMessage, door: Door): string | undefined {
  const visit = cookieOf(request, visitCookie(door))
  return visit !== undefined && VISIT.test(visit) ? visit : undefined
}

/** Ends the session of a browser, on every server. @throws GalleryError `formRefused`, `plainHttp` */
export async function answerSignOut(parts: SignInParts, asked: SignInAsked): Promise<Reply> {
  const { request, door, share, session } = asked
  checkSender(request, door)
  const cookies = [sessionCookie(door), hintCookie(door)].map(name => setCookie(door, name, '', 0))
  if (session === undefined) return { location: pathOf.home(), cookies }
  const form = await readForm(request, { limitBytes: FORM_LIMIT_BYTES, windowMs: parts.windowMs, share })
  checkToken(form.text(FORM_TOKEN), session.id)
  await parts.sessions.end(session)
  return { location: pathOf.home(), cookies }
}

/** The path where a person wanted to go. Public pages need no sign-in to be seen, but it may have been one of them. */
const backOf = (text: string | null): string => (isLocalPath(text) ? text : pathOf.manage())
