import { mkdir, readdir, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type Outcome, run, succeed } from '../support/run.ts'

const PACK = fileURLToPath(new URL('../../scripts/pack.mjs', import.meta.url))

/** This Node comes first, as where the programs are installed and started by a person who has no other. */
const PATH = `${dirname(process.execPath)}:/usr/local/bin:/usr/bin:/bin`

/** Packs what is published into a folder, and returns what the script says. */
export const pack = (into: string): Promise<string> =>
  succeed(process.execPath, [PACK, '--into', into], { timeoutSeconds: 300 })

/** What was installed into an empty folder. */
export interface Installation {
  readonly folder: string
  /** The path of a program, as npm links it. */
  readonly program: (name: 'berth' | 'berthd') => string
  /** Runs a program by its name alone. */
  readonly run: (name: 'berth' | 'berthd', args: readonly string[], env?: Record<string, string>) => Promise<Outcome>
}

/** How npm gets at its registry and its cache from here. Nothing else of the developer's own reaches it. */
const REACH =
  /^(?:HOME|(?:https?_|no_)?proxy|NODE_EXTRA_CA_CERTS|SSL_CERT_FILE|npm_config_(?:cache|cafile|registry|userconfig))$/i

/**
 * Has npm install both programs from their tarballs into an empty folder, refuse what does not say that it runs on this
 * Node, and take from its cache what is there. The packages of SQLite are there for it to choose from, as they are once
 * they are published.
 */
export async function install(tarballs: string, scope: string, folder: string): Promise<Installation> {
  const dependencies: Record<string, string> = {}
  const optionalDependencies: Record<string, string> = {}
  for (const file of await readdir(tarballs)) {
    const [, name = ''] = /^[^-]+-(.+)-\d+\.\d+\.\d+\.tgz$/.exec(file) ?? []
    if (name === '') continue
    const wanted = name.startsWith('sqlite') ? optionalDependencies : dependencies
    wanted[`${scope}/${name}`] = `file:${join(tarballs, file)}`
  }
  await mkdir(folder)
  const content = { private: true, dependencies, optionalDependencies }
  await writeFile(join(folder, 'package.json'), JSON.stringify(content))
  const reach = Object.entries(process.env).filter(([name]) => REACH.test(name))
  await succeed('npm', ['install', '--engine-strict', '--prefer-offline', '--no-audit', '--no-fund'], {
    cwd: folder,
    env: { ...(Object.fromEntries(reach) as Record<string, string>), PATH },
    timeoutSeconds: 300,
  })
  const bin = join(folder, 'node_modules/.bin')
  return {
    folder,
    program: name => join(bin, name),
    run: (name, args, env = {}) => run(join(bin, name), args, { cwd: folder, env: { PATH, HOME: folder, ...env } }),
  }
}
