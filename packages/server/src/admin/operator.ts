import type { Actor } from '../domain/actor.ts'
import { userName } from '../runtime/system-errors.ts'

/** The person who runs `berthd admin`, by the name that the machine knows. */
export function operator(): Actor {
  return { principal: `operator ${userName()}`, via: 'admin' }
}
