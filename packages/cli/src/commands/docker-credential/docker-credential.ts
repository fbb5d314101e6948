import { CommandError, exitCodes } from '../../errors.ts'
import { NetworkError } from '../../http/network-error.ts'
import { version } from '../../version.ts'
import type { Command, Context } from '../command.ts'
import { requestPassword } from '../ecr-public/login-password.ts'
import { findLogin, findLogins } from './find-login.ts'
import { KeptPasswords } from './kept-passwords.ts'

/** The user name that goes with every registry password. */
const USER_NAME = 'AWS'
/** The words by which clients know that they have to go on without a login. */
const NOT_FOUND = 'credentials not found in native keychain'
/** The most bytes that are read. A server's name has at most 253 characters, and no client sends more than that. */
const INPUT_LIMIT_BYTES = 64 * 1024

/**
 * `berth docker-credential get|list|erase|version`, which clients of images call by the name `docker-credential-berth`
 * (the protocol of docker-credential-helpers): the server's name is on stdin, and the answer or the error on stdout.
 */
export const dockerCredential: Command = {
  name: 'docker-credential',
  summary: 'logs docker, podman and others in by themselves',
  words: ['get', 'list', 'erase', 'version'],
  page: async () => (await import('./page.ts')).dockerCredentialPage(),
  async run([asked = '', ...more], context) {
    const answer = ANSWERS.get(asked)
    try {
      if (answer === undefined || more.length > 0)
        throw new CommandError('usage', `Call it with one of: ${[...ANSWERS.keys()].join(', ')}.`)
      context.environment.stdout.write(await answer(context))
      return exitCodes.ok
    } catch (error) {
      if (!(error instanceof CommandError || error instanceof NetworkError)) throw error
      context.environment.stdout.write(`${error.message}\n`)
      return 1
    }
  },
}

const ANSWERS = new Map<string, (context: Context) => string | Promise<string>>([
  ['get', get],
  ['list', list],
  ['erase', erase],
  ['version', () => `docker-credential-berth ${version}\n`],
  ['store', refuseToStore],
])

async function get(context: Context): Promise<string> {
  const server = await readServer(context)
  const login = findLogin(server, context)
  if (login === undefined) throw new CommandError('configuration', NOT_FOUND)
  const kept = new KeptPasswords(login.context)
  let password = kept.take(login)
  if (password === undefined) {
    const made = await requestPassword(login.context)
    kept.keep(login, made.password, made.expiresAt)
    password = made.password
  }
  return `${JSON.stringify({ ServerURL: server, Username: USER_NAME, Secret: password })}\n`
}

function list(context: Context): string {
  const hosts = findLogins(context).map(({ target }) => [target.host, USER_NAME])
  return `${JSON.stringify(Object.fromEntries(hosts))}\n`
}

async function erase(context: Context): Promise<string> {
  const login = findLogin(await readServer(context), context)
  if (login !== undefined) new KeptPasswords(login.context).forget(login)
  return ''
}

function refuseToStore(): never {
  throw new CommandError(
    'configuration',
    'There is nothing to log in to: docker-credential-berth makes a password whenever one is needed, by the access ' +
      "key of a profile. `docker login` needs another host, or no credHelpers entry for this one in docker's config.json.",
  )
}

async function readServer({ environment }: Context): Promise<string> {
  let text = ''
  for await (const chunk of environment.stdin()) {
    text += String(chunk)
    if (text.length > INPUT_LIMIT_BYTES) throw new CommandError('usage', NOT_FOUND)
  }
  const server = text.trim()
  if (server === '') throw new CommandError('usage', 'no credentials server URL')
  return server
}
