import { createHash } from 'node:crypto'
import { BERTH } from '../support/berth.ts'
import type { StubImage } from '../support/ecr-public-stub.ts'
import { type Outcome, type RunOptions, run } from '../support/run.ts'

/** Runs `berth clean …` at an endpoint, whatever its exit code. */
export const clean = (
  { url, env = {} }: { readonly url: string; readonly env?: Readonly<Record<string, string>> },
  args: readonly string[],
  options: RunOptions = {},
): Promise<Outcome> =>
  run(process.execPath, [BERTH, 'clean', ...args], {
    timeoutSeconds: 230,
    ...options,
    env: { ...environmentOf(url), ...env },
  })

/** An environment with a key that a stub takes unseen. `env` replaces it by a registry's own. */
export const environmentOf = (url: string): Record<string, string> => ({
  AWS_ACCESS_KEY_ID: 'AKIAEXAMPLE',
  AWS_SECRET_ACCESS_KEY: 'secret',
  AWS_REGION: 'us-east-1',
  AWS_ENDPOINT_URL: url,
})

const digestOf = (text: string) => `sha256:${createHash('sha256').update(text).digest('hex')}`
const DAY = 24 * 3600 * 1000

/** An image, attached to `subject` if there is one. Only its manifest tells of that. */
export function stubImage(
  seed: string,
  tags: readonly string[] = [],
  { ageDays = 100, subject }: { readonly ageDays?: number; readonly subject?: string } = {},
): StubImage {
  const manifest = JSON.stringify({
    ...{ schemaVersion: 2, annotations: { seed } },
    ...(subject && {
      subject: { mediaType: 'application/vnd.oci.image.manifest.v1+json', digest: subject, size: 500 },
    }),
  })
  return {
    ...{ digest: digestOf(manifest), manifest, tags },
    ...{ pushedAt: Date.now() - ageDays * DAY, sizeBytes: 30_000_000 },
  }
}

/** An index and its images, in this order. */
export function stubMultiArch(seed: string, children: number, tags: readonly string[] = []): StubImage[] {
  const images = Array.from({ length: children }, (_, i) => stubImage(`${seed} ${i}`))
  const manifests = images.map(({ digest }) => ({
    mediaType: 'application/vnd.oci.image.manifest.v1+json',
    digest,
    size: 500,
  }))
  const bytes = JSON.stringify({ schemaVersion: 2, manifests })
  const index = { bytes, children: images.map(({ digest }) => digest) }
  return [{ ...stubImage(bytes, tags), digest: digestOf(bytes), index }, ...images]
}
