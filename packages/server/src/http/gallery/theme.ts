import type { IncomingMessage, ServerResponse } from 'node:http'
import { cookieOf } from './cookies.ts'
import { isLocalPath } from './href.ts'
import { THEMES, type Theme } from './pages/layout.ts'

const COOKIE = 'berth-theme'
const YEAR_SECONDS = 365 * 24 * 60 * 60

const isTheme = (text: string | undefined): text is Theme => THEMES.some(theme => theme === text)

/** The theme that the reader chose; `auto` is the system's. */
export function themeOf(request: IncomingMessage): Theme {
  const chosen = cookieOf(request, COOKIE)
  return isTheme(chosen) ? chosen : 'auto'
}

/** Keeps a choice in a cookie, and leads back to the page where it was made. False where there is no such theme. */
export function chooseTheme(response: ServerResponse, theme: string, back: string | null): boolean {
  if (!isTheme(theme)) return false
  const kept = theme === 'auto' ? `${COOKIE}=; Max-Age=0` : `${COOKIE}=${theme}; Max-Age=${YEAR_SECONDS}`
  response.writeHead(303, {
    location: isLocalPath(back) ? back : '/',
    'set-cookie': `${kept}; Path=/; SameSite=Lax; HttpOnly`,
    'cache-control': 'no-store',
    'content-length': 0,
  })
  response.end()
  return true
}
