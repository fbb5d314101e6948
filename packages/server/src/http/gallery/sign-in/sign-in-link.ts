import { isProblem } from '../../../domain/problem.ts'
import type { Principal } from '../../../ports/rows/access/access-keys.ts'
import { findSignInLink, redeemSignInLink } from '../../../registry/access/sign-in-links.ts'
import type { RegistryContext } from '../../../registry/context.ts'
import { readForm } from '../forms/read-form.ts'
import { pathOf } from '../href.ts'
import type { Reply } from '../reply.ts'
import { checkSender, checkToken, FORM_TOKEN, requireDoor } from './check-form.ts'
import { beginSession, beginVisit, FORM_LIMIT_BYTES, type SignInAsked, type SignInParts, visitOf } from './sign-in.ts'
import { linkPage } from './sign-in-pages.ts'

/** The headers of the page. The link stands in the path, so that no other page may hear of it. */
const UNREFERRED = { 'referrer-policy': 'no-referrer' }

/**
 * Answers a link that signs in once. Reading the page shows whose it is and uses nothing up, since mail programs and
 * chats read links too; the form on it does.
 * @throws GalleryError `linkOver`, `formRefused`, `plainHttp`
 */
export async function answerSignInLink(
  { sessions, windowMs, noteSignIn }: SignInParts,
  context: RegistryContext,
  secret: string,
  { request, door, share, session }: SignInAsked,
): Promise<Reply> {
  if (request.method === 'POST') {
    checkSender(request, door)
    const form = await readForm(request, { limitBytes: FORM_LIMIT_BYTES, windowMs, share })
    checkToken(form.text(FORM_TOKEN), visitOf(request, door))
    const principal = await redeem(context, secret, session !== undefined)
    if (principal === undefined) return { location: pathOf.manage() }
    noteSignIn('done')
    return { location: pathOf.manage(), cookies: await beginSession(sessions, door, { principal }) }
  }
  requireDoor(door)
  const { accessKey } = await findSignInLink(context, secret)
  const { formToken, cookies } = beginVisit(request, door)
  const other = session?.principal.accessKey.userName
  return { page: linkPage(accessKey, { formToken, secret, other }), headers: UNREFERRED, cookies }
}

/** Undefined where the link is used up and the browser signed in, as after a button that was pressed twice. */
async function redeem(context: RegistryContext, secret: string, isSignedIn: boolean): Promise<Principal | undefined> {
  try {
    return await redeemSignInLink(context, secret)
  } catch (error) {
    if (isSignedIn && isProblem(error, 'linkOver')) return undefined
    throw error
  }
}
