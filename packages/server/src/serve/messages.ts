import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import type { SettingValues } from '../config/settings.ts'
import { fromThisMachine } from '../storage/address-file.ts'

/** The facts that the first lines of a server are made of. */
export interface StartFacts {
  readonly config: Pick<SettingValues, 'publicUrl' | 'registryHost' | 'tlsCert'>
  /** The URL where the server listens. */
  readonly url: string
  readonly metricsUrl: string | undefined
  /**
   * The things that this start made: the registry's alias, and the file with the first key. Undefined where the
   * registry was there.
   */
  readonly first: { readonly alias: string; readonly credentials: string; readonly dataDir: string } | undefined
  readonly isTerminal: boolean
}

/**
 * The text that a server prints once it runs: one line, also for a log. A person who started a new registry on a
 * terminal is shown what to do with it.
 */
export function startText(facts: StartFacts): string {
  const { config, url, metricsUrl, first, isTerminal } = facts
  const key = first === undefined ? '' : `The first access key is in ${first.credentials}; `
  const known = config.publicUrl === undefined ? '' : ` as ${config.publicUrl}`
  const metrics = metricsUrl === undefined ? '' : ` and Prometheus gets its figures at ${metricsUrl}/metrics`
  const line = `${key}berth is serving at ${url}${known}${metrics}\n`
  return first !== undefined && isTerminal ? `${line}${tour(facts, first)}` : line
}

/** The text that a server prints at its end. */
export function stopText({ cut, drainSeconds }: { cut: number; drainSeconds: number }): string {
  if (cut === 0) return 'berth has stopped.\n'
  const requests = cut === 1 ? 'one request was' : `${cut} requests were`
  return `berth has stopped; ${requests} cut off after ${drainSeconds} s (--drain-seconds).\n`
}

/** Commands to paste, with the host by which clients reach the server. */
function tour({ config, url }: StartFacts, { alias, dataDir }: NonNullable<StartFacts['first']>): string {
  const { publicUrl, registryHost, tlsCert } = config
  const endpoint = publicUrl ?? fromThisMachine(url)
  const host = registryHost ?? new URL(endpoint).host
  const repository = 'project-a/nginx-web-app'
  const image = `${host}/${alias}/${repository}:latest`
  const elsewhere = publicUrl === undefined ? '' : ` --endpoint-url ${publicUrl}`
  const certificate =
    tlsCert === undefined
      ? ''
      : 'Where its certificate is of a CA of your own, add --ca-bundle FILE to the first one.\n'
  return `
A tour, to paste into another terminal:
${certificate}
${commandLine()}  berth configure --local --data-dir ${quoted(dataDir)}${elsewhere}
  export AWS_PROFILE=berth
  berth ecr-public create-repository --repository-name ${repository}
  berth ecr-public get-login-password | docker login --username AWS --password-stdin ${host}
  docker pull busybox
  docker tag busybox ${image}
  docker push ${image}
  berth ecr-public batch-delete-image --repository-name ${repository} --image-ids imageTag=latest

The AWS command line works as well, from version 2.13 on: aws ecr-public describe-repositories
Press Ctrl-C to stop.
`
}

/** The line that makes the command line available. In a checkout it is not on the PATH. */
function commandLine(): string {
  const berth = fileURLToPath(new URL('../../../cli/dist/berth.js', import.meta.url))
  return existsSync(berth) ? `  berth() { node ${quoted(berth)} "$@"; }\n` : ''
}

/** A path as a shell reads it. */
const quoted = (path: string) => (/^[\w./-]+$/.test(path) ? path : `'${path.replaceAll("'", "'\\''")}'`)
