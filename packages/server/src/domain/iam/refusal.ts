/**
 * Why policies refuse. `noAllow`: the caller's own policies do not allow the action. `noResourceAllow`: the caller's
 * own policies allow it, and those of the other account do not. `explicitDeny`: a policy denies it.
 */
export type Refusal = 'explicitDeny' | 'noAllow' | 'noResourceAllow'
