/**
 * Why policies refuse. `noAllow`: the caller's own policies do not allow it. `noResourceAllow`: the caller's own
 * policies do, and those of the other account do not.
 */
export type Refusal = 'explicitDeny' | 'noAllow' | 'noResourceAllow'
