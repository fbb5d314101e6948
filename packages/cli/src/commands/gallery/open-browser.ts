import { spawn } from 'node:child_process'
import { type Environment, setting } from '../../environment.ts'

/**
 * Opens a web page in the user's browser. Returns false where this is no desktop, or nothing opens pages. The page is
 * an argument of its own, which no shell reads.
 */
export async function openBrowser(url: string, environment: Environment): Promise<boolean> {
  if (!/^https?:\/\//.test(url)) return false
  const program = programFor(environment)
  if (program === undefined) return false
  const child = spawn(program, [url], { stdio: 'ignore', detached: true })
  const isStarted = await new Promise<boolean>(resolve => {
    child.once('spawn', () => resolve(true))
    child.once('error', () => resolve(false))
  })
  child.unref()
  return isStarted
}

/**
 * The program that opens pages: `BROWSER` names one, as for other commands; on a desktop there is one that knows the
 * user's choice.
 */
function programFor(environment: Environment): string | undefined {
  const chosen = setting(environment, 'BROWSER')
  if (chosen !== undefined) return chosen
  if (process.platform === 'darwin') return 'open'
  const hasDesktop = ['DISPLAY', 'WAYLAND_DISPLAY'].some(name => setting(environment, name) !== undefined)
  return hasDesktop ? 'xdg-open' : undefined
}
