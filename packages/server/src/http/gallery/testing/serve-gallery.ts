import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import type { MayRead } from '../../../domain/may-read.ts'
import { mayRead } from '../../../domain/may-read.ts'
import type { TemporaryRegistry } from '../../../testing/temporary-registry.ts'
import { createClientOf } from '../../client.ts'
import { MemoryBudget } from '../../memory-budget.ts'
import { createHttpServer, type Handler } from '../../server.ts'
import { createGalleryHandler, type GalleryOptions } from '../handler.ts'
import { markdownToHtml } from '../markdown/markdown-to-html.ts'
import { createRenderMarkdown } from '../markdown/render-markdown.ts'

/** The gallery on a socket, beside surfaces that have nothing. */
export interface ServedGallery extends AsyncDisposable {
  readonly url: string
  readonly errors: unknown[]
  readonly memory: MemoryBudget
}

export async function serveGallery(
  { context }: TemporaryRegistry,
  options: Partial<GalleryOptions> & { mayRead?: MayRead } = {},
): Promise<ServedGallery> {
  const errors: unknown[] = []
  const memory = new MemoryBudget({ limitBytes: 2 ** 27 })
  const clientOf = createClientOf()
  const gallery = createGalleryHandler({
    ...{ context, mayRead, memory, clientOf, publicUrl: undefined },
    renderMarkdown: createRenderMarkdown(async (text, prefix) => markdownToHtml(text, prefix)),
    count: async () => {},
    registryHost: () => 'registry.example',
    log: { error: details => errors.push(details) },
    ...options,
  })
  const nothing: Handler = async (_, response) => {
    response.writeHead(500).end()
  }
  const server = createHttpServer(
    { oci: nothing, token: nothing, control: nothing, logos: nothing, gallery, ready: async () => true },
    { idleMs: 10_000, memory, clientOf, onError: error => errors.push(error) },
  )
  await once(server.listen(0, '127.0.0.1'), 'listening')
  return {
    ...{ errors, memory },
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      await new Promise(resolve => server.close(resolve))
    },
  }
}
