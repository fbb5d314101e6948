import type { Principal } from '../../../ports/rows/access/access-keys.ts'
import type { TemporaryRegistry } from '../../../testing/temporary-registry.ts'
import type { TestBrowser } from './browser.ts'

/** Signs a browser in with the key of a user. @throws Error where the page refuses */
export async function signIn(browser: TestBrowser, { sealer }: TemporaryRegistry, user: Principal): Promise<void> {
  const { accessKeyId, sealedSecret } = user.accessKey
  const secret = sealer.open(sealedSecret, accessKeyId)
  const fields = { 'access-key-id': accessKeyId, 'secret-access-key': secret }
  const { status, text } = await browser.submit('/-/signin', '/-/signin', fields)
  if (status !== 303) throw new Error(`nobody signed in: ${status} ${text}`)
}
