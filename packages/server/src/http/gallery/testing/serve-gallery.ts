import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import type { MayRead } from '../../../domain/may-read.ts'
import { mayRead } from '../../../domain/may-read.ts'
import { Passwords } from '../../../registry/access/passwords.ts'
import { Sessions } from '../../../registry/access/sessions.ts'
import { SignIn } from '../../../registry/access/sign-in.ts'
import { SignInAttempts } from '../../../registry/access/sign-in-attempts.ts'
import { Removals } from '../../../registry/blobs/removals.ts'
import { Uploads } from '../../../registry/blobs/uploads.ts'
import { countHere } from '../../../registry/deletions/count-freed.ts'
import type { TemporaryRegistry } from '../../../testing/temporary-registry.ts'
import { createClientOf } from '../../client.ts'
import { createCallOperation, createTargets } from '../../control/call-operation.ts'
import { MemoryBudget } from '../../memory-budget.ts'
import { createHttpServer, type Handler } from '../../server.ts'
import { createGalleryHandler, type GalleryOptions } from '../handler.ts'
import { markdownToHtml } from '../markdown/markdown-to-html.ts'
import { createRenderMarkdown } from '../markdown/render-markdown.ts'
import { createDoorOf } from '../sign-in/door.ts'

const HOUR_MS = 60 * 60 * 1000

/** The gallery on a socket, beside surfaces that have nothing. */
export interface ServedGallery extends AsyncDisposable {
  readonly url: string
  readonly errors: unknown[]
  /** How sign-ins ended. */
  readonly signIns: string[]
  readonly memory: MemoryBudget
}

export async function serveGallery(
  { context, sealer, signingKeys }: TemporaryRegistry,
  options: Partial<GalleryOptions> & { mayRead?: MayRead } = {},
): Promise<ServedGallery> {
  const errors: unknown[] = []
  const signIns: string[] = []
  const memory = new MemoryBudget({ limitBytes: 2 ** 27 })
  const clientOf = options.clientOf ?? createClientOf()
  const passwords = new Passwords(context, signingKeys, { userMs: 12 * HOUR_MS, anonymousMs: HOUR_MS })
  const removals = new Removals(context, error => errors.push(error))
  const uploads = new Uploads(context, removals)
  const gallery = createGalleryHandler({
    call: createCallOperation(createTargets({ context, uploads, removals })),
    countFreed: countHere(context),
    signedIn: {
      ...{ clientOf, passwords, windowMs: 5_000, region: 'us-east-1' },
      signIn: new SignIn(context, sealer, passwords, new SignInAttempts(context.clock, async () => {})),
      sessions: new Sessions(context, signingKeys),
      noteSignIn: result => signIns.push(result),
      doorOf: createDoorOf({ clientOf, publicUrl: options.publicUrl, listenHost: '127.0.0.1' }),
    },
    ...{ context, mayRead, memory, clientOf, publicUrl: undefined, indexing: false },
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
    ...{ errors, memory, signIns },
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      await new Promise(resolve => server.close(resolve))
    },
  }
}
