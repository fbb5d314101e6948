import { wordsOf } from './admin/errors.ts'
import { operator } from './admin/operator.ts'
import { printAnswer } from './admin/print-answer.ts'
import { createProgress } from './admin/progress.ts'
import { adminHelp, parseAdminCall, UsageError } from './admin/run-admin.ts'
import { ConfigError, loadConfig } from './config/load-config.ts'
import { flagOf, settingPaths, settings, variableOf } from './config/settings.ts'
import { MoveRefused } from './registry/move/move.ts'
import { PortInUse } from './serve/open-port.ts'
import { titleWithoutSecrets } from './serve/process-title.ts'
import { serve } from './serve/serve.ts'
import { TlsFilesError } from './serve/tls-files.ts'
import { VERSION } from './serve/version.ts'
import { FolderInUse } from './storage/folder-lock.ts'
import { openRegistry } from './storage/open-registry.ts'
import { openStorage, placeOf, StorageError } from './storage/open-stores.ts'
import { checkSecretKey, SecretKeyError } from './storage/secret-key.ts'

// What runs on Node 20 is tested on it; where it is in use, the SDK's advice at each start would be noise.
process.env['AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED'] ??= 'true'

// Every user of the machine sees the arguments of every process, for as long as they stay.
const title = titleWithoutSecrets(process.argv)
if (title !== undefined) process.title = title

const [command = 'serve', ...rest] = process.argv.slice(2)

try {
  switch (command) {
    case 'admin':
      await admin(rest)
      break
    case 'help':
    case '--help':
    case '-h':
      process.stdout.write(help())
      break
    case 'version':
    case '--version':
      process.stdout.write(`berthd ${VERSION}\n`)
      break
    default:
      await serve(loadConfig({ argv: command === 'serve' ? rest : process.argv.slice(2), env: process.env }))
  }
} catch (error) {
  process.exitCode = 1
  process.stderr.write(`${explain(error)}\n`)
}

async function admin(argv: readonly string[]): Promise<void> {
  if (argv.length === 0 || argv.includes('--help')) {
    process.stdout.write(`${adminHelp()}\n`)
    return
  }
  const call = parseAdminCall(argv)
  const config = loadConfig({ argv: call.rest, env: process.env })
  await using registry = await openRegistry(config, operator())
  // What was sealed with another key would be lost to the servers, and a signing key of that kind keeps them from
  // starting.
  if (call.seals) await checkSecretKey(() => registry.signingKeys.openAll())
  const progress = createProgress(process.stderr)
  const answer = await call.run({
    ...registry,
    createOnPush: config.createOnPush,
    progress,
    place: placeOf(config),
    openStorage: flags => openStorage(loadConfig({ argv: flags, env: {}, flagPrefix: 'to-' })),
  })
  process.exitCode = await printAnswer(answer, process.stdout)
}

/** What a person can act on; only a fault of berth's own shows where it happened. */
function explain(error: unknown): string {
  const words = wordsOf(error)
  if (words !== undefined) return words
  const forPeople = [
    ConfigError,
    UsageError,
    SecretKeyError,
    StorageError,
    FolderInUse,
    PortInUse,
    MoveRefused,
    TlsFilesError,
  ]
  if (forPeople.some(kind => error instanceof kind)) return (error as Error).message
  if (error instanceof Error && 'code' in error) return error.message
  return error instanceof Error ? (error.stack ?? error.message) : String(error)
}

function help(): string {
  const lines = settingPaths.map(path => {
    const { about, fallback } = settings[path]
    const usual = fallback === undefined ? '' : ` [${fallback}]`
    return `  --${flagOf(path)}, ${variableOf(path)}, ${path}\n      ${about}${usual}`
  })
  return `berthd ${VERSION}: a public container registry that speaks OCI Distribution v1.1 and the Amazon ECR Public API.

  berthd [serve] [--SETTING VALUE ...]   serve until SIGINT or SIGTERM
  berthd admin COMMAND [--OPTION ...]    accounts, keys, policies, collection and more; see berthd admin --help
  berthd version

Settings, as a flag, as an environment variable and in the file that --config or BERTH_CONFIG names (YAML or JSON):
  --config, BERTH_CONFIG
${lines.join('\n')}
`
}
