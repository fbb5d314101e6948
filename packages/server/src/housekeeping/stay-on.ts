import type { RegistryContext } from '../registry/context.ts'

/**
 * Makes a function that keeps work that was claimed for `leaseMs`. Call it between the pieces of the work. It renews
 * the lease when half of it is over, and where it lies further ahead than a lease can, since the clock was set back
 * meanwhile.
 */
export function stayOn(
  { metadata, clock }: Pick<RegistryContext, 'metadata' | 'clock'>,
  schedule: string,
  { begunAt, leaseMs }: { readonly begunAt: number; readonly leaseMs: number },
): () => Promise<void> {
  let leaseUntil = begunAt + leaseMs
  return async () => {
    const leftMs = leaseUntil - clock.now()
    if (leftMs > leaseMs / 2 && leftMs <= leaseMs) return
    leaseUntil = clock.now() + leaseMs
    await metadata.transaction(rows => rows.schedules.renew(schedule, leaseUntil))
  }
}
