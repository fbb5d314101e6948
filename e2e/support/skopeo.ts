import type { Credentials } from './control.ts'
import type { Registry } from './registry.ts'
import { type Outcome, run, succeed } from './run.ts'
import { toolPath } from './tools.ts'

/** skopeo with a policy that trusts every image. A command's own flags stand before the given ones. */
export interface Skopeo {
  readonly attempt: (args: readonly string[]) => Promise<Outcome>
  /** Runs skopeo and returns standard output. Rejects unless it exits with 0. */
  readonly run: (args: readonly string[]) => Promise<string>
  /** Copies to the registry as a user; `to` is a repository with a tag or digest, without the registry's host. */
  readonly push: (from: string, to: string, ...flags: string[]) => Promise<string>
  /** Copies from the registry without an account. */
  readonly pull: (from: string, to: string, ...flags: string[]) => Promise<string>
}

export async function skopeoFor(registry: Registry, as: Credentials = registry): Promise<Skopeo> {
  const login = `AWS:${await registry.password(as)}`
  const at = (image: string) => `docker://${registry.host}/${image}`
  const withPolicy = (args: readonly string[]) => ['--insecure-policy', ...args]
  const runIt = (args: readonly string[]) => succeed(toolPath('skopeo'), withPolicy(args))
  return {
    attempt: args => run(toolPath('skopeo'), withPolicy(args)),
    run: runIt,
    push: (from, to, ...flags) =>
      runIt(['copy', '--dest-tls-verify=false', '--dest-creds', login, ...flags, from, at(to)]),
    pull: (from, to, ...flags) => runIt(['copy', '--src-tls-verify=false', '--src-no-creds', ...flags, at(from), to]),
  }
}
