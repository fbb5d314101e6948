import { parseRegistryAlias, type RegistryAlias } from '../../domain/names.ts'
import { AdminError } from '../../domain/problem.ts'
import type { Rows } from '../../ports/metadata-store.ts'

/**
 * Aliases that no registry may have: the server itself answers under `/v2` and the like, so that no page of a publisher
 * could be there.
 */
const RESERVED: readonly string[] = [
  'v2',
  'token',
  'logos',
  'healthz',
  'readyz',
  // What browsers and crawlers ask for at the root of a site.
  'favicon.ico',
  'robots.txt',
  'sitemap.xml',
  'index.html',
]

/** Reads an alias that may be given to a registry. @throws RegistryError `aliasInvalid`; AdminError `aliasReserved` */
export function parseNewAlias(text: string): RegistryAlias {
  const alias = parseRegistryAlias(text)
  if (RESERVED.includes(alias)) throw new AdminError({ kind: 'aliasReserved', alias })
  return alias
}

/** Reserved aliases that registries have: they were given before berth refused them. */
export async function findReservedAliases({ registries }: Rows): Promise<RegistryAlias[]> {
  const found = await Promise.all(RESERVED.map(alias => registries.findAlias(parseRegistryAlias(alias))))
  return found.flatMap(row => (row === undefined ? [] : [row.alias]))
}
