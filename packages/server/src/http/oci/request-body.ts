import { MANIFEST_LIMIT_BYTES } from '../../domain/manifest/manifest.ts'
import { type ProblemOf, RegistryError } from '../../domain/problem.ts'
import { gatherBody } from '../bodies/gather-body.ts'
import { announcedBytes } from '../bodies/read-body.ts'
import { type Exchange, shareOf } from './exchange.ts'

/** How many times a manifest is held while it is stored: as bytes, as text and as what is in it. */
const TIMES_HELD = 3

const tooLarge: ProblemOf<'manifestTooLarge'> = { kind: 'manifestTooLarge', limitBytes: MANIFEST_LIMIT_BYTES }

/**
 * Refuses a manifest whose announced length is too large, before its body is asked for. @throws RegistryError
 * `manifestTooLarge`
 */
export function refuseLargeManifest({ request }: Exchange): void {
  if ((announcedBytes(request) ?? 0) > tooLarge.limitBytes) throw new RegistryError(tooLarge)
}

/**
 * Reads the whole body of a manifest. Its memory counts until the answer is sent.
 * @throws RegistryError `manifestTooLarge`, without reading further, `bodyTooSlow`, `unavailable`
 */
export async function readManifestBody(exchange: Exchange): Promise<Buffer> {
  const { request, services, caller, wantBody } = exchange
  const { address = '' } = caller.holder
  const share = shareOf(exchange)
  const { kept, sizeBytes } = await gatherBody(request, {
    limitBytes: tooLarge.limitBytes,
    tooLarge,
    address,
    share,
    timesHeld: TIMES_HELD,
    wantBody,
    windowMs: services.windowMs,
    files: services.bodyFiles,
  })
  if (Buffer.isBuffer(kept)) return kept
  try {
    await share.wait(TIMES_HELD * sizeBytes)
    const bytes = Buffer.allocUnsafeSlow(sizeBytes)
    await kept.read(bytes, 0)
    return bytes
  } finally {
    await kept.close()
  }
}
