import { createHash } from 'node:crypto'
import { lstatSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { cacheFolder } from '../../start/cache-folder.ts'
import type { Login } from './find-login.ts'

/** A password with its end. Clients ask before each pull and push, and a password is good for hours. */
interface Kept {
  readonly password: string
  readonly until: number
}

/**
 * Passwords that were made lately. Each stands in a file for the user alone, for half of what was left of its life.
 * Another key, region or endpoint has another file. Where the user has no folder that others cannot read, no password
 * is kept.
 */
export class KeptPasswords {
  readonly #folder: string | undefined

  constructor({ environment }: Login['context']) {
    const caches = cacheFolder({ ...environment.env, HOME: environment.home })
    this.#folder = caches && join(caches, 'logins')
  }

  take(login: Login): string | undefined {
    const file = this.#fileOf(login)
    if (file === undefined || !isPrivate(file)) return undefined
    try {
      const { password, until } = JSON.parse(readFileSync(file, 'utf8')) as Kept
      return typeof password === 'string' && Date.now() < until ? password : undefined
    } catch {
      return undefined
    }
  }

  keep(login: Login, password: string, expiresAt: number | undefined): void {
    const file = this.#fileOf(login)
    const now = Date.now()
    if (file === undefined || this.#folder === undefined || expiresAt === undefined || expiresAt <= now) return
    const kept: Kept = { password, until: now + (expiresAt - now) / 2 }
    const draft = `${file}.${process.pid}`
    try {
      mkdirSync(this.#folder, { mode: 0o700, recursive: true })
      removeOld(this.#folder, now)
      writeFileSync(draft, JSON.stringify(kept), { mode: 0o600, flag: 'wx' })
      renameSync(draft, file)
    } catch {
      rmSync(draft, { force: true }) // such as on a full disk: the login works without the file
    }
  }

  forget(login: Login): void {
    const file = this.#fileOf(login)
    if (file !== undefined) rmSync(file, { force: true })
  }

  #fileOf({ target, context: { settings, environment, options } }: Login): string | undefined {
    if (this.#folder === undefined) return undefined
    const { profile, profiles } = settings
    const sections = [profiles.config.get(profile), profiles.credentials.get(profile)].map(each => [...(each ?? [])])
    const variables = Object.entries(environment.env).filter(([name]) => name.startsWith('AWS_'))
    const whose = JSON.stringify([target.protocol, target.host, options.profile, profile, sections, variables.sort()])
    return join(this.#folder, createHash('sha256').update(whose).digest('hex'))
  }
}

function isPrivate(file: string): boolean {
  const found = lstatSync(file, { throwIfNoEntry: false })
  return found?.isFile() === true && found.uid === process.getuid?.() && (found.mode & 0o077) === 0
}

/** Removes old files: a password that nobody asked for again stays no longer than a day. */
function removeOld(folder: string, now: number): void {
  for (const name of readdirSync(folder)) {
    const file = join(folder, name)
    if (now - lstatSync(file).mtimeMs > 24 * 60 * 60 * 1000) rmSync(file, { force: true })
  }
}
