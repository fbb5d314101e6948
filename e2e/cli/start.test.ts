import { readFileSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { expect, it } from 'vitest'
import { BERTH } from '../support/berth.ts'

/** What the bundler wrote of its work: by path, what each of its files is made of, and what it imports. */
interface Metafile {
  readonly outputs: {
    readonly [path: string]: {
      readonly inputs: { readonly [source: string]: unknown }
      readonly imports: readonly { readonly path: string; readonly kind: string; readonly external?: boolean }[]
    }
  }
}

const dist = dirname(BERTH)
const { outputs }: Metafile = JSON.parse(readFileSync(join(dist, 'metafile.json'), 'utf8'))

/** The files that are loaded before a command begins: the program, and all that it imports at once. */
function filesAtStart(): string[] {
  const found = new Set(['dist/program.js'])
  for (const file of found) {
    for (const { path, kind, external } of outputs[file]?.imports ?? []) {
      if (kind !== 'dynamic-import' && !external) found.add(path)
    }
  }
  return [...found]
}

const sources = filesAtStart()
  .flatMap(file => Object.keys(outputs[file]?.inputs ?? {}))
  .sort()

it('loads what every command needs, and nothing else, before a command begins', () => {
  expect(sources.filter(path => path.startsWith('src/')).map(path => path.slice('src/'.length))).toMatchInlineSnapshot(`
    [
      "argv/close-matches.ts",
      "argv/global-options.ts",
      "argv/operation-options.ts",
      "argv/parse-arguments.ts",
      "argv/suggest-options.ts",
      "auto-prompt/choose-auto-prompt.ts",
      "client/client.ts",
      "client/endpoint.ts",
      "client/paginate.ts",
      "client/region.ts",
      "commands/command-table.ts",
      "commands/ecr-public/ecr-public.ts",
      "commands/ecr-public/login-password.ts",
      "commands/ecr-public/operations.ts",
      "commands/operation/operation-command.ts",
      "commands/operation/paging-options.ts",
      "commands/operation/run-operation.ts",
      "commands/run-command.ts",
      "config/aliases.ts",
      "config/parse-ini.ts",
      "config/profiles.ts",
      "config/settings.ts",
      "config/split-words.ts",
      "credentials/environment-keys.ts",
      "credentials/find-credentials.ts",
      "environment.ts",
      "errors.ts",
      "http/choose-proxy.ts",
      "http/connect.ts",
      "http/exchange.ts",
      "http/http1.ts",
      "http/network-error.ts",
      "http/read-output.ts",
      "http/response-head.ts",
      "http/retries.ts",
      "http/send.ts",
      "http/service-error.ts",
      "http/sign.ts",
      "log.ts",
      "main.ts",
      "output/answer.ts",
      "output/formatter.ts",
      "output/print.ts",
      "output/sink.ts",
      "output/with-reader.ts",
      "parameters/encode-blobs.ts",
      "parameters/paramfile.ts",
      "parameters/read-parameter.ts",
      "parameters/shape-shorthand.ts",
      "parameters/shorthand.ts",
      "parameters/validate-parameters.ts",
      "program.ts",
      "python/base64.ts",
      "python/expand-path.ts",
      "python/format-json.ts",
      "python/int.ts",
      "python/nesting-depth.ts",
      "python/parse-json.ts",
      "python/posix-zone.ts",
      "python/round-half-even.ts",
      "python/system-error.ts",
      "python/text.ts",
      "python/time-zone.ts",
      "python/timestamp.ts",
      "python/value.ts",
      "python/zone-file.ts",
      "version.ts",
    ]
  `)
  // Of other packages the model of ECR Public alone, which has no lifecycle policies and nothing of berth's own.
  const others = sources.filter(path => !path.startsWith('src/'))
  for (const path of others) expect(path).toMatch(/^\.\.\/model\/dist\/(?!berth\/|ecr\/)/)
  expect(others).toContain('../model/dist/index.js')
})

it('reads no more than two files and 94 kB for it', () => {
  const files = filesAtStart()
  expect(files.length).toBe(2)
  const bytes = files.reduce((sum, file) => sum + readFileSync(join(dist, basename(file))).length, 0)
  expect(bytes).toBeGreaterThan(50_000)
  expect(bytes).toBeLessThanOrEqual(94_000)
})

it('loads no library and no part of Node that few commands use before a command begins', () => {
  const external = filesAtStart().flatMap(file =>
    (outputs[file]?.imports ?? []).flatMap(({ path, kind, external }) =>
      external && kind !== 'dynamic-import' ? [path] : [],
    ),
  )
  expect([...new Set(external)].sort()).toEqual(['node:crypto', 'node:fs', 'node:net', 'node:os', 'node:tty'])
})
