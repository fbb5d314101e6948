/**
 * Why a text is no policy: where, as in `rules[0].selection.countNumber` (empty: the whole of it), and what is wrong.
 */
export interface PolicyFault {
  readonly path: string
  readonly reason: string
}

/** How a fault travels to `parseLifecyclePolicy`, which throws none on. */
export class FaultError extends Error {
  readonly fault: PolicyFault
  constructor(path: string, reason: string) {
    super(`${path} ${reason}`)
    this.fault = { path, reason }
  }
}

/** The path of an object's member: `selection.x`, or `selection["x y"]` for what is no plain name. */
export function memberPath(path: string, name: string): string {
  if (!/^[a-z_]\w{0,99}$/i.test(name)) return `${path}[${JSON.stringify(name.slice(0, 100))}]`
  return path === '' ? name : `${path}.${name}`
}
