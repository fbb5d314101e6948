import { userInfo } from 'node:os'
import type { Actor } from '../domain/actor.ts'

/** The person who runs `berthd admin`, by the name that the machine knows. */
export function operator(): Actor {
  return { principal: `operator ${nameOnMachine()}`, via: 'admin' }
}

/** A container may run under a number that has no name. */
function nameOnMachine(): string {
  try {
    return userInfo().username
  } catch {
    return String(process.getuid?.() ?? 'unknown')
  }
}
