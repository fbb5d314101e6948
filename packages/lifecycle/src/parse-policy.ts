import type { LifecyclePolicy, PolicyFault } from './policy.ts'

export type ParsedPolicy =
  | { readonly ok: true; readonly policy: LifecyclePolicy }
  | { readonly ok: false; readonly faults: readonly PolicyFault[] }

/** Reads a policy's JSON. Never throws: whatever is wrong with the text is told by `faults`, of which there is one or more. */
export function parseLifecyclePolicy(text: string): ParsedPolicy {
  return { ok: false, faults: [{ path: '', reason: `not read yet (${text.length} characters)` }] }
}
