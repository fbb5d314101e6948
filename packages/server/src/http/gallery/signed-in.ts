import type { IncomingMessage, ServerResponse } from 'node:http'
import type { ImagePath } from '../../domain/image-path.ts'
import { GalleryError, RegistryError } from '../../domain/problem.ts'
import { formTokenOf } from '../../domain/tokens/session.ts'
import type { Clock } from '../../ports/clock.ts'
import type { Memory, MemoryShare } from '../../ports/memory.ts'
import type { Passwords } from '../../registry/access/passwords.ts'
import type { Session } from '../../registry/access/sessions.ts'
import { callerOf } from '../access/caller-of.ts'
import { circumstancesOf } from '../access/circumstances.ts'
import type { ControlCaller } from '../access/control-caller.ts'
import { holdUntilOver } from '../when-over.ts'
import { cookieOf } from './cookies.ts'
import {
  type Again,
  type DeskAsked,
  type DeskPart,
  type DeskRepositoryAsked,
  type DeskServices,
  findPart,
  hiddenField,
} from './desk/desk.ts'
import { REGISTRY_PARTS, REPOSITORY_PARTS } from './desk/parts.ts'
import { sessionOverPage } from './desk/session-over.ts'
import { takeForm } from './desk/take-form.ts'
import { type Form, readForm } from './forms/read-form.ts'
import { pathOf } from './href.ts'
import type { PageContext } from './pages/layout.ts'
import type { Target } from './parse-path.ts'
import { type Reply, sendReply } from './reply.ts'
import { checkSender } from './sign-in/check-form.ts'
import type { Door, DoorOf } from './sign-in/door.ts'
import { sessionCookie } from './sign-in/session-cookies.ts'
import { answerSignIn, answerSignOut, type SignInAsked, type SignInParts } from './sign-in/sign-in.ts'
import { answerSignInLink } from './sign-in/sign-in-link.ts'

/** What signing in and the desk work with. */
export interface SignedInOptions extends SignInParts {
  readonly doorOf: DoorOf
  readonly passwords: Passwords
  /** The region that policies see: pages are asked in none. */
  readonly region: string
}

type DeskTarget = Extract<Target, { kind: 'manage' | 'manageRepository' }>
type SignedInTarget = DeskTarget | Extract<Target, { kind: 'signIn' | 'signInLink' | 'signOut' }>

export const isSignedIn = (target: Target): target is SignedInTarget =>
  ['signIn', 'signInLink', 'signOut', 'manage', 'manageRepository'].includes(target.kind)

export interface SignedInAsked {
  readonly target: SignedInTarget
  readonly query: URLSearchParams
  readonly share: MemoryShare
  readonly pageContext: PageContext
  readonly services: DeskServices
  readonly memory: Memory
}

type Desked = Omit<SignedInAsked, 'target'> & { readonly target: DeskTarget }

/** What any page may hold. */
const PAGE_BYTES = 512 * 1024
/** A logo of 512,000 bytes, and two texts of 25,600 characters, of which an escaped one takes up to nine bytes. */
const FORM_LIMIT_BYTES = 1024 * 1024

/** Answers pages for one reader alone. @throws ProblemError what the page has to say */
export async function answerSignedIn(
  options: SignedInOptions,
  asked: SignedInAsked,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const { target, share, pageContext } = asked
  const door = options.doorOf(request)
  const session = await findSession(options, request, door)
  const own = session === undefined ? pageContext : { ...pageContext, signedIn: signedInOf(session) }
  if (target.kind !== 'manage' && target.kind !== 'manageRepository') {
    const signing = { request, door, session, share, query: asked.query }
    await sendReply(request, response, await answerSigning(options, asked, target, signing), own)
    return
  }
  const isForm = request.method === 'POST'
  if (isForm) checkSender(request, door)
  if (session === undefined) {
    const over = { ...asked, target }
    const reply = isForm ? await keepTyped(options, over, request) : leadToSignIn(request, door, pageContext)
    await sendReply(request, response, reply, own)
    return
  }
  const caller = callerOfSession(options, request, session, asked.services.context.clock)
  // What is held from now on is held for the user.
  share.release()
  const userShare = holdUntilOver(asked.memory, caller.holder, response)
  const reply = await answerDesk(options, { ...asked, target, share: userShare, pageContext: own }, request, {
    caller,
    session,
  })
  await sendReply(request, response, reply, own)
}

function answerSigning(
  options: SignedInOptions,
  { services: { context } }: SignedInAsked,
  target: Exclude<SignedInTarget, DeskTarget>,
  signing: SignInAsked,
): Promise<Reply> {
  switch (target.kind) {
    case 'signIn':
      return answerSignIn(options, signing)
    case 'signInLink':
      return answerSignInLink(options, context, target.secret, signing)
    case 'signOut':
      return answerSignOut(options, signing)
  }
}

/** A browser that comes from a page of the desk, or has the cookie of a session, was signed in until now. */
function leadToSignIn(request: IncomingMessage, door: Door, { url }: PageContext): Reply {
  const wasSignedIn = request.headers['sec-fetch-site'] === 'same-origin' || cookieOf(request, sessionCookie(door))
  return { location: pathOf.signIn({ back: url, over: wasSignedIn ? '1' : undefined }) }
}

/** Shows what was typed into a form whose session is over. @throws GalleryError `sessionOver` where nothing was */
async function keepTyped(
  { windowMs }: SignedInOptions,
  { target, share, pageContext }: Desked,
  request: IncomingMessage,
): Promise<Reply> {
  const part =
    target.kind === 'manage' ? findPart(REGISTRY_PARTS, target, request) : findPart(REPOSITORY_PARTS, target, request)
  if (part.again === undefined) throw new GalleryError({ kind: 'sessionOver' })
  const form = await readForm(request, { limitBytes: FORM_LIMIT_BYTES, windowMs, share })
  return { page: sessionOverPage(form, pageContext.url), status: 401 }
}

/** A session is looked for only where it may have come unread by others. */
async function findSession(
  { sessions }: SignedInOptions,
  request: IncomingMessage,
  door: Door,
): Promise<Session | undefined> {
  const cookie = door.kind === 'plain' ? undefined : cookieOf(request, sessionCookie(door))
  return cookie === undefined || cookie === '' ? undefined : sessions.find(cookie)
}

const signedInOf = ({ id, principal }: Session) => ({
  userName: principal.accessKey.userName,
  formToken: formTokenOf(id),
})

async function answerDesk(
  { windowMs }: SignedInOptions,
  { target, query, share, pageContext, services }: Desked,
  request: IncomingMessage,
  { caller, session }: { readonly caller: ControlCaller; readonly session: Session },
): Promise<Reply> {
  const { rest } = target
  const hidden = hiddenField(formTokenOf(session.id))
  const desk: DeskAsked = { services, caller, query, rest, share, context: pageContext, hidden }
  const { get, post, again } =
    target.kind === 'manage'
      ? bindPart(findPart(REGISTRY_PARTS, target, request), desk)
      : bindPart(findPart(REPOSITORY_PARTS, target, request), await withRepository(desk, target.path))
  if (request.method !== 'POST') {
    await share.wait(PAGE_BYTES)
    return get()
  }
  if (post === undefined) throw new RegistryError({ kind: 'methodNotAllowed', allow: 'GET, HEAD' })
  const form = await readForm(request, { limitBytes: FORM_LIMIT_BYTES, windowMs, share })
  return takeForm({ post, again }, form, { session, path: pageContext.url })
}

/** The desk of one repository. @throws RegistryError `repositoryNotFound` where nobody has the alias */
async function withRepository(desk: DeskAsked, path: ImagePath): Promise<DeskRepositoryAsked> {
  const { alias: registryId, name } = path
  const owner = await desk.services.context.metadata.rows.registries.findAlias(registryId)
  if (owner === undefined) throw new RegistryError({ kind: 'repositoryNotFound', name, registryId })
  return { ...desk, path, named: { registryId: owner.accountId, repositoryName: name } }
}

/** The two of a part, with what they are asked. */
function bindPart<Asked>(part: DeskPart<Asked>, asked: Asked) {
  const { post, again } = part
  return {
    get: () => part.get(asked),
    post: post && ((form: Form) => post(asked, form)),
    again: again && ((form: Form, how: Again) => again(asked, form, how)),
  }
}

function callerOfSession(
  { sessions, passwords, clientOf, region }: SignedInOptions,
  request: IncomingMessage,
  session: Session,
  clock: Clock,
): ControlCaller {
  const client = clientOf(request)
  return callerOf({
    principal: session.principal,
    again: rows => sessions.again(rows, session),
    circumstances: () => circumstancesOf(request, client, { nowMs: clock.now(), region }),
    passwords,
    via: 'gallery',
  })
}
