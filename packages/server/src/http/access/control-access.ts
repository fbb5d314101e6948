import type { IncomingMessage } from 'node:http'
import { ControlError, isProblem } from '../../domain/problem.ts'
import type { Sealer } from '../../domain/secrets/sealer.ts'
import type { Rows } from '../../ports/metadata-store.ts'
import type { Principal } from '../../ports/rows/access/access-keys.ts'
import type { Passwords } from '../../registry/access/passwords.ts'
import type { RegistryContext } from '../../registry/context.ts'
import type { ClientOf } from '../client.ts'
import type { CountRequest } from '../count-requests.ts'
import { callerOf } from './caller-of.ts'
import { circumstancesOf } from './circumstances.ts'
import type { ControlAccess } from './control-caller.ts'
import { createSigV4Verifier, type SignedRequest } from './sigv4/sigv4.ts'

const REFUSALS = ['signatureMissing', 'signatureIncomplete', 'signatureMismatch', 'accessKeyUnknown'] as const

export interface ControlAccessOptions {
  readonly context: RegistryContext
  readonly sealer: Sealer
  readonly passwords: Passwords
  readonly count: CountRequest
  readonly clientOf: ClientOf
  /** The host that clients sign for, whichever host a proxy passes on. Undefined takes the Host header. */
  readonly publicHost?: string | undefined
  /** Signing regions that are served; undefined serves any. */
  readonly regions: ReadonlySet<string> | undefined
}

/** Signatures and policies of the control API, over the users and keys of the store. */
export function createControlAccess(options: ControlAccessOptions): ControlAccess {
  const { context, sealer, passwords, count, clientOf, publicHost, regions } = options
  const { rows } = context.metadata
  const verify = createSigV4Verifier({
    publicHost,
    async signerOf(accessKeyId) {
      const principal = await findPrincipal(rows, accessKeyId)
      return principal && { principal, secret: sealer.open(principal.accessKey.sealedSecret, accessKeyId) }
    },
  })

  const countStranger = (request: IncomingMessage) => count(request, undefined, 'other')
  /** Verifies the signature. A caller whose signature is wrong counts as a stranger. */
  const counted = async (request: IncomingMessage, signed: SignedRequest) => {
    try {
      return await verify(signed)
    } catch (error) {
      if (REFUSALS.some(kind => isProblem(error, kind))) await countStranger(request)
      throw error
    }
  }

  return {
    countStranger,
    async authenticate(request, bodySha256, { operation, signingName, takesAnyRegion = false }) {
      const { url = '/', method = 'POST', rawHeaders } = request
      const question = url.indexOf('?')
      let isBodyLate = false
      const signed = await counted(request, {
        method,
        path: question < 0 ? url : url.slice(0, question),
        query: question < 0 ? '' : url.slice(question + 1),
        rawHeaders,
        service: signingName,
        bodySha256() {
          isBodyLate = !request.complete
          return bodySha256()
        },
        now: () => context.clock.now(),
      })
      if (!takesAnyRegion && regions !== undefined && !regions.has(signed.region))
        throw new ControlError({ kind: 'regionUnsupported', operation })
      const { principal: first } = signed.signer
      // A late body may take minutes, and rights are taken meanwhile.
      const principal = isBodyLate ? await requirePrincipal(rows, first.accessKey.accessKeyId) : first
      await count(request, principal.accessKey.accountId, operation)
      // The client is found now: a connection that has ended has no address any more.
      const client = clientOf(request)
      const { region } = signed
      const circumstances = () => circumstancesOf(request, client, { nowMs: context.clock.now(), region })
      const again = (transaction: Rows) => requirePrincipal(transaction, principal.accessKey.accessKeyId)
      return callerOf({ principal, again, circumstances, passwords, via: 'call' })
    },
  }
}

async function findPrincipal(rows: Rows, accessKeyId: string): Promise<Principal | undefined> {
  const principal = await rows.accessKeys.principal(accessKeyId)
  return principal?.accessKey.active === true ? principal : undefined
}

/** @throws ControlError `accessKeyUnknown` */
async function requirePrincipal(rows: Rows, accessKeyId: string): Promise<Principal> {
  const principal = await findPrincipal(rows, accessKeyId)
  if (principal === undefined) throw new ControlError({ kind: 'accessKeyUnknown' })
  return principal
}
