import type { Environment } from '../environment.ts'

/**
 * Expands `~` and `~/…` at the front, `$NAME` and `${NAME}` anywhere. A variable that is not set stays as it is
 * written.
 */
export function expandPath(path: string, { env, home }: Pick<Environment, 'env' | 'home'>): string {
  const rooted = path === '~' || path.startsWith('~/') ? home + path.slice(1) : path
  // Behind the last brace that closes, none that opens needs a look.
  const braces = rooted.lastIndexOf('}') + 1
  const value = (all: string, plain?: string, braced?: string) => env[plain ?? braced ?? ''] ?? all
  return (
    rooted.slice(0, braces).replace(/\$(?:(\w+)|\{([^}]*)\})/g, value) + rooted.slice(braces).replace(/\$(\w+)/g, value)
  )
}
