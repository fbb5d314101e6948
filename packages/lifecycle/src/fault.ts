/**
 * Why a text is no policy. `path` says where, as in `rules[0].selection.countNumber`; it is empty for the whole text.
 */
export interface PolicyFault {
  readonly path: string
  readonly reason: string
}

/** Carries a fault to `parseLifecyclePolicy`, which catches it. */
export class FaultError extends Error {
  readonly fault: PolicyFault
  constructor(path: string, reason: string) {
    super(`${path} ${reason}`)
    this.fault = { path, reason }
  }
}

/** The path of an object's member: `selection.x`, or `selection["x y"]` for a name that is not plain. */
export function memberPath(path: string, name: string): string {
  if (!/^[a-z_]\w{0,99}$/i.test(name)) return `${path}[${JSON.stringify(name.slice(0, 100))}]`
  return path === '' ? name : `${path}.${name}`
}
