import { fileURLToPath } from 'node:url'
import { defaultExclude, defineConfig } from 'vitest/config'
import { isLongRun } from './testing/in-full.ts'
import { replacesModules } from './testing/replaces-modules.ts'
import { SlowestFirst } from './testing/slowest-first.ts'

/**
 * What a second run, on replicas, would only repeat: suites that start no registry, or replicas of their own, those of
 * what each server does for itself, whatever its stores are, and the comparison of two command lines with each other.
 */
const sameOnReplicas = [
  'e2e/{coverage,distribute,packages,recorded,replicas}/**',
  'e2e/{fuzz,operations/event-loop,operations/fronts,operations/rates,operations/tls}.test.ts',
  'e2e/start.test.ts',
  'e2e/readme.test.ts',
  'e2e/demo.test.ts',
  'e2e/gallery/upgrade.test.ts',
  'e2e/clean/{interrupt,memory,stub,zeek}.test.ts',
  'e2e/cli/{compare,compile-cache,container-credentials,configure,corpus,endpoint-path,executable,instance-metadata,single-sign-on,start,web-identity}.test.ts',
]

/**
 * What takes long on replicas, or tries how each server reads requests, and is mostly about one server: CI leaves it to
 * `npm run test:replicas`.
 */
const longOnReplicas = [
  'e2e/oci/{errors,http-rules,media-types,names,other-algorithms,push-manifests-refused,sha512}.test.ts',
  'e2e/faults/requests.test.ts',
  'e2e/faults/{collect,connections,crash,credentials,memory,shutdown,start,verify}.test.ts',
  'e2e/{clean,clients,gallery,stress}/**',
  'e2e/{cli/{auto-prompt,docker-credential,own-commands},operations/proxies}.test.ts',
]

/**
 * What CI does not repeat on a newer Node: what stands above that which meets Node itself (sockets, files, threads,
 * SQLite, time zones), real PostgreSQL and Swift, pure code, the layout of the project, and what mostly waits.
 */
const sameOnAnyNode = [
  'packages/server/src/{admin,domain}/**',
  'packages/server/src/adapters/{metadata-postgres,blob-s3}/**',
  'packages/server/src/registry/*/**/!(*uploads*|*turns*).test.ts',
  'packages/server/src/http/{access,control,gallery,metrics,token}/**/!(dispatch).test.ts',
  '**/{state-machine,taken-uploads,statements}.test.ts',
  '{testing,bench,scripts}/**',
  'packages/{lifecycle,model}/**',
]

/** Only what differs from the first run. `--exclude` would not do: a project with a list of its own ignores it. */
const isSecondRun = process.env['BERTH_TEST_SECOND_RUN'] === '1'

/** What takes too long to be run each time; `npm run test:long` has it. */
const long = isLongRun ? [] : ['**/*.long.test.ts']

/** As `vi.waitFor` in `vitest.setup.ts`: the limit ends what hangs. */
const poll = { timeout: 30_000 }

const onReplicas = process.env['BERTH_E2E_STORAGE'] === 'replicas'

/** A limit ends what hangs, and measures nothing: machines are busy at times, and a long run does ten times as much. */
function limits(usualMs: number) {
  const limitMs = isLongRun ? 10 * usualMs : usualMs
  return { testTimeout: limitMs, hookTimeout: limitMs }
}

const unit = {
  include: ['packages/*/src/**/*.test.ts', '{testing,scripts}/**/*.test.ts'],
  exclude: [...defaultExclude, ...long, ...(isSecondRun ? sameOnAnyNode : [])],
  ...limits(180_000),
  // What asserts nothing cannot fail.
  expect: { requireAssertions: true, poll },
  // On two cores vitest would take one: files that wait for PostgreSQL or Swift leave them idle.
  maxWorkers: 3,
}

const source = (path: string) => fileURLToPath(new URL(path, import.meta.url))

/** Each needs modules of its own. */
const alone = replacesModules(source('.'), ['packages', 'scripts', 'testing'])

export default defineConfig({
  // Tests run on the sources of every package, so no build can be stale under them.
  resolve: {
    alias: [
      { find: '@berth/lifecycle', replacement: source('./packages/lifecycle/src/index.ts') },
      { find: /^@berth\/model$/, replacement: source('./packages/model/src/index.ts') },
      { find: /^@berth\/model\/(ecr|berth)$/, replacement: source('./packages/model/src/$1/operations.ts') },
    ],
  },
  test: {
    setupFiles: [source('./vitest.setup.ts')],
    sequence: { sequencer: SlowestFirst },
    projects: [
      {
        extends: true,
        test: {
          ...unit,
          name: 'unit',
          exclude: [...unit.exclude, ...alone],
          // A worker loads what many files import once. A test gives back what it takes: timers, variables, listeners.
          isolate: false,
        },
      },
      {
        extends: true,
        test: { ...unit, name: 'unit-alone', include: alone },
      },
      {
        extends: true,
        test: {
          name: 'e2e',
          include: ['e2e/**/*.test.ts'],
          exclude: [
            ...long,
            ...(onReplicas ? sameOnReplicas : []),
            ...(onReplicas && isSecondRun ? longOnReplicas : []),
          ],
          globalSetup: [source('./e2e/support/provide-storage.ts')],
          ...limits(300_000),
          expect: { poll },
          // Three files at a time: each mostly waits for the programs that it starts, or for time to pass.
          maxWorkers: 3,
          sequence: { groupOrder: 1 },
        },
      },
    ],
  },
})
