import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import type { ServedRegistry } from './open.ts'

export interface WelcomeFacts {
  readonly url: string
  readonly metricsUrl: string | undefined
  readonly registry: ServedRegistry
  readonly credentials: string
}

/** What a person sees once the server runs: where it is, where the key is, and commands to paste. */
export async function welcome({ url, metricsUrl, registry, credentials }: WelcomeFacts): Promise<string> {
  const metrics = metricsUrl === undefined ? '' : `Prometheus gets its figures at ${metricsUrl}/metrics\n`
  const heading = `berth is serving at ${url}\n${metrics}`
  const { rows } = registry.metadata
  const [owner] = await rows.registries.list({ limit: 1 })
  if (owner === undefined) return heading
  const alias = (await rows.registries.aliases(owner.accountId)).find(row => row.primary)?.alias
  const host = url.replace(/^https?:\/\//, '')
  const image = `${host}/${alias}/project-a/nginx-web-app:latest`
  // On PostgreSQL the server that came first has it.
  if (!existsSync(credentials)) return `${heading}\nThe registry of account ${owner.accountId} is ${host}/${alias}.\n`
  const key = registry.isFirstStart ? 'A first access key was made; it is in' : 'The first access key is in'
  return `${heading}
${key} ${credentials} (for you alone to read).
The registry of account ${owner.accountId} is ${host}/${alias}.

A short tour, to paste into another terminal:

${commandLine()}  berth configure --local --data-dir ${registry.dataDir}
  export AWS_PROFILE=berth

  berth ecr-public create-repository --repository-name project-a/nginx-web-app
  berth ecr-public get-login-password | docker login --username AWS --password-stdin ${host}
  docker tag IMAGE ${image}
  docker push ${image}
  berth ecr-public batch-delete-image --repository-name project-a/nginx-web-app --image-ids imageTag=latest

The AWS command line works as well:

  export AWS_SHARED_CREDENTIALS_FILE=${credentials} AWS_REGION=us-east-1
  aws ecr-public --endpoint-url ${url} describe-repositories

Press Ctrl-C to stop.
`
}

/** In a checkout the command line is not on the PATH: a line that makes it be there. */
function commandLine(): string {
  const berth = fileURLToPath(new URL('../../../cli/dist/berth.js', import.meta.url))
  return existsSync(berth) ? `  berth() { node ${berth} "$@"; }\n` : ''
}
