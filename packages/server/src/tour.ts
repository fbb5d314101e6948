import type { OpenRegistry } from './open-registry.ts'

export interface TourStop {
  readonly url: string
  readonly registry: OpenRegistry
  readonly credentials: string
  readonly isFirstStart: boolean
}

/** What a person sees once the server runs: where it is, where the key is, and commands to paste. */
export async function tour({ url, registry, credentials, isFirstStart }: TourStop): Promise<string> {
  const heading = `berth is serving at ${url}\n`
  const { rows } = registry.metadata
  const [owner] = await rows.registries.list({ limit: 1 })
  if (owner === undefined) return heading
  const alias = (await rows.registries.aliases(owner.accountId)).find(row => row.primary)?.alias
  const host = url.replace('http://', '')
  const key = isFirstStart ? 'A first access key was made; it is in' : 'The first access key is in'
  return `${heading}
${key} ${credentials} (for you alone to read).
The registry of account ${owner.accountId} is ${host}/${alias}.

A short tour, to paste into another terminal:

  export AWS_SHARED_CREDENTIALS_FILE=${credentials} AWS_REGION=us-east-1
  ecr() { aws ecr-public --endpoint-url ${url} "$@"; }

  ecr create-repository --repository-name project-a/nginx-web-app
  ecr get-login-password | docker login --username AWS --password-stdin ${host}
  docker tag IMAGE ${host}/${alias}/project-a/nginx-web-app:latest
  docker push ${host}/${alias}/project-a/nginx-web-app:latest
  ecr batch-delete-image --repository-name project-a/nginx-web-app --image-ids imageTag=latest

Press Ctrl-C to stop.
`
}
