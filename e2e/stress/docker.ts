import { errorCodesOf, jsonOf, OciClient, type OciResponse } from '../oci/client.ts'
import { type Content, digestOf } from '../oci/content.ts'
import type { Repository } from '../oci/repository.ts'
import type { Registry } from '../support/registry.ts'
import { Broken, type Journal } from './journal.ts'
import type { Unit } from './unit.ts'

/** The token that Docker asks for when it is refused without one. */
export async function login(registry: Registry): Promise<OciClient> {
  const basic = new OciClient(registry)
  const refused = await basic.send('GET', '/v2/', { authorization: null })
  const [, realm = '', service = '', scope = ''] =
    /realm="([^"]+)",service="([^"]+)",scope="([^"]+)"/.exec(`${refused.headers['www-authenticate']}`) ?? []
  const query = [['service', service] as const, ['scope', scope] as const]
  const { token } = jsonOf<{ token: string }>(await basic.send('GET', realm, { query }))
  return new OciClient(registry, `Bearer ${token}`)
}

export interface BlobPush {
  /** Repositories that the blob may be mounted from. */
  readonly others: readonly Repository[]
  readonly random: () => number
  readonly journal: Journal
}

/**
 * Asks for a blob, and sends it when it is not there, by one of the possible ways. Returns when the request was sent
 * whose answer acknowledged the blob: the blob's lease did not begin before.
 */
export async function pushBlob(repository: Repository, blob: Content, options: BlobPush): Promise<number> {
  const { others, random, journal } = options
  const asked = Date.now()
  if ((await expectStatus(repository.blob('HEAD', blob.digest), [200, 404])).status === 200) {
    journal.count('blobs found by HEAD')
    return asked
  }
  const source = random() < 0.6 ? others[Math.floor(random() * others.length)] : undefined
  const way = random()
  const sent = Date.now()
  let location: URL
  if (source !== undefined) {
    const query = [['mount', blob.digest] as const, ['from', source.name] as const]
    const answer = await expectStatus(repository.send('POST', 'blobs/uploads/', { query }), [201, 202])
    if (answer.status === 201) {
      journal.count('blobs mounted')
      return sent
    }
    location = repository.locationOf(answer)
  } else if (way < 0.3) {
    const query = [['digest', blob.digest] as const]
    await expectStatus(repository.send('POST', 'blobs/uploads/', { query, body: blob.bytes }), [201])
    pushed(blob)
    return sent
  } else {
    location = repository.locationOf(await expectStatus(repository.send('POST', 'blobs/uploads/'), [202]))
  }
  let rest = blob.bytes
  if (way > 0.6) {
    const part = rest.subarray(0, Math.floor(rest.length / 2))
    location = repository.locationOf(await expectStatus(repository.patch(location, part), [202]))
    rest = rest.subarray(part.length)
  }
  const finished = Date.now()
  await expectStatus(repository.finishUpload(location, blob.digest, rest), [201])
  pushed(blob)
  return finished

  function pushed({ bytes }: Content): void {
    journal.count('blobs pushed')
    journal.count('bytes pushed', bytes.length)
  }
}

/** Pushes a manifest. False when the repository lacks blobs that it names. */
export async function putManifest(repository: Repository, manifest: Content, tag?: string): Promise<boolean> {
  const answer = await expectStatus(repository.putManifest(manifest, tag), [201, 400])
  if (answer.status === 201) return true
  if (errorCodesOf(answer).some(code => code !== 'MANIFEST_BLOB_UNKNOWN')) throw unexpected(answer)
  return false
}

/**
 * Reads a unit by its digest or by a tag, and hashes every byte. Returns what is missing; undefined when nothing is.
 */
export async function pull(
  repository: Repository,
  unit: Unit,
  journal: Journal,
  tag?: string,
): Promise<string | undefined> {
  const get = async (content: Content, what: string, answered: Promise<OciResponse>): Promise<boolean> => {
    const { status, body } = await expectStatus(answered, [200, 404])
    if (status === 404) return false
    journal.count('bytes pulled', body.length)
    if (digestOf(body) !== content.digest)
      throw new Broken(`${what} of ${unit.name} has bytes that are not those of ${content.digest}`)
    return true
  }
  for (const manifest of unit.manifests.toReversed()) {
    const reference = manifest === unit.top ? (tag ?? manifest.digest) : manifest.digest
    if (!(await get(manifest, `manifest ${reference}`, repository.manifest('GET', reference))))
      return `manifest ${reference}`
  }
  for (const blob of unit.blobs)
    if (!(await get(blob, 'a blob', repository.blob('GET', blob.digest)))) return `blob ${blob.digest}`
  return undefined
}

export async function expectStatus(answer: Promise<OciResponse>, statuses: readonly number[]): Promise<OciResponse> {
  const found = await answer
  if (!statuses.includes(found.status)) throw unexpected(found)
  return found
}

const unexpected = ({ status, body }: OciResponse) => new Broken(`answered ${status}: ${body.toString()}`)
