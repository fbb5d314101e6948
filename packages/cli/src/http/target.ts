/**
 * Where a request goes. Any `URL` is a target. Other targets have paths that a `URL` would not keep, with segments
 * like `..`, which are sent as they stand.
 */
export type Target = Pick<URL, 'protocol' | 'host' | 'hostname' | 'port' | 'pathname' | 'search'>
