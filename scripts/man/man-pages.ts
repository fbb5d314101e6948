import { VERSION } from '../../packages/server/src/serve/version.ts'
import { clientPages } from './client-pages.ts'
import { toRoff } from './roff.ts'
import { serverPages } from './server-pages.ts'

/** Every page of the manual by its path from the project's top, as the programs' help of today makes it. */
export async function manPages(): Promise<ReadonlyMap<string, string>> {
  const of = (folder: string, pages: Awaited<ReturnType<typeof clientPages>>) =>
    pages.map(page => [`packages/${folder}/man/${page.name}.1`, toRoff(page, VERSION)] as const)
  return new Map([...of('cli', await clientPages()), ...of('server', serverPages())])
}
