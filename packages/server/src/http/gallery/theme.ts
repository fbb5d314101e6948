import type { IncomingMessage, ServerResponse } from 'node:http'
import { THEMES, type Theme } from './pages/layout.ts'

const COOKIE = 'berth-theme'
const YEAR_SECONDS = 365 * 24 * 60 * 60
const BACK_LIMIT = 2_000

const isTheme = (text: string | undefined): text is Theme => THEMES.some(theme => theme === text)

/** The theme that the reader chose; `auto` is the system's. */
export function themeOf({ headers }: IncomingMessage): Theme {
  const cookies = (headers.cookie ?? '').split(';').map(each => each.trim())
  const chosen = cookies.find(each => each.startsWith(`${COOKIE}=`))?.slice(COOKIE.length + 1)
  return isTheme(chosen) ? chosen : 'auto'
}

/** Keeps a choice in a cookie, and leads back to the page where it was made. False where there is no such theme. */
export function chooseTheme(response: ServerResponse, theme: string, back: string | null): boolean {
  if (!isTheme(theme)) return false
  const kept = theme === 'auto' ? `${COOKIE}=; Max-Age=0` : `${COOKIE}=${theme}; Max-Age=${YEAR_SECONDS}`
  response.writeHead(303, {
    location: isOwnPath(back) ? back : '/',
    'set-cookie': `${kept}; Path=/; SameSite=Lax; HttpOnly`,
    'cache-control': 'no-store',
    'content-length': 0,
  })
  response.end()
  return true
}

/** A path of this server in plain characters, so that it leads nowhere else and ends no header. */
const isOwnPath = (text: string | null): text is string =>
  text !== null && text.length <= BACK_LIMIT && /^\/(?![/\\])[\x21-\x5b\x5d-\x7e]*$/.test(text)
