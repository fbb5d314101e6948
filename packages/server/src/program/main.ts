import { backupCommand, runBackup, stopOnSignal } from '../admin/backup.ts'
import { type FolderCommand, parseFolderCall } from '../admin/folder-call.ts'
import { operator } from '../admin/operator.ts'
import { printAnswer, printSecret, printText } from '../admin/print-answer.ts'
import { createProgress } from '../admin/progress.ts'
import { RESTORE_STOPPED, restoreCommand } from '../admin/restore.ts'
import { type AdminCall, parseAdminCall } from '../admin/run-admin.ts'
import { commandFirst } from '../config/command-first.ts'
import { loadConfig } from '../config/load-config.ts'
import { flagOf, settingPaths } from '../config/settings.ts'
import { helpTopic } from '../help/help-topic.ts'
import { findPage, refuse } from '../help/pages.ts'
import { renderPage } from '../help/render-page.ts'
import { explain } from '../serve/explain.ts'
import { init } from '../serve/init.ts'
import { titleWithoutSecrets } from '../serve/process-title.ts'
import { restoreFrom } from '../serve/restore.ts'
import { serve } from '../serve/serve.ts'
import { VERSION } from '../serve/version.ts'
import { holdStore } from '../storage/hold-store.ts'
import { openBackupToWrite } from '../storage/open-backup.ts'
import { openRegistry } from '../storage/open-registry.ts'
import { databaseSteps, openStorage, placeOf } from '../storage/open-stores.ts'
import { checkSecretKey } from '../storage/secret-key.ts'

// berth is tested on Node 20. Where that is in use, the SDK's advice at each start would be noise.
process.env['AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED'] ??= 'true'

// Every user of the machine sees the arguments of every process, for as long as they stay.
const title = titleWithoutSecrets(process.argv)
if (title !== undefined) process.title = title

const argv = commandFirst(process.argv.slice(2))
const topic = helpTopic(argv)

try {
  if (topic !== undefined) await printText(renderPage(findPage(topic, VERSION)), process.stdout)
  else await run(argv)
} catch (error) {
  process.exitCode = 1
  process.stderr.write(`${explain(error)}\n`)
}

async function run([command = 'serve', ...rest]: readonly string[]): Promise<void> {
  switch (command) {
    case 'admin':
      return admin(rest)
    case 'init':
      return init(loadConfig({ argv: rest, env: process.env, help: 'berthd help init' }), operator(), process)
    case 'backup':
      return backup(rest)
    case 'restore':
      return restore(rest)
    case 'version':
    case '--version':
      await printText(`berthd ${VERSION}\n`, process.stdout)
      return
    case 'serve':
      return serve(loadConfig({ argv: rest, env: process.env }))
    default:
      if (!command.startsWith('-')) refuse([command, ...rest.filter(word => !word.startsWith('-'))].slice(0, 3))
      return serve(loadConfig({ argv: [command, ...rest], env: process.env }))
  }
}

async function admin(argv: readonly string[]): Promise<void> {
  const call = parseAdminCall(argv)
  const config = loadConfig({ ...commandOf(call), argv: call.rest, env: process.env })
  await using registry = await openRegistry(config, operator(), { mayCreate: false })
  // Secrets that were sealed with another key would be lost to the servers, and a signing key of that kind keeps them
  // from starting.
  if (call.seals) await checkSecretKey(() => registry.signingKeys.openAll())
  const progress = createProgress(process.stderr)
  const answer = await call.run({
    ...registry,
    createOnPush: config.createOnPush,
    progress,
    showSecret: secret => printSecret(secret, process.stdout),
    place: placeOf(config),
    holdStore: () => holdStore(registry.dataDir, registry.context),
    openStorage: flags => openStorage(loadConfig({ argv: flags, env: {}, flagPrefix: 'to-' })),
  })
  process.exitCode = await printAnswer(answer, process.stdout)
}

async function backup(argv: readonly string[]): Promise<void> {
  process.exitCode = 1 // until the command has ended well
  const { folder: dir, options, rest } = parseFolderCall('backup', backupCommand, argv, settingFlags())
  const config = loadConfig({ ...folderCall('backup', backupCommand), argv: rest, env: process.env })
  await using registry = await openRegistry(config, operator(), { mayCreate: false })
  // A backup that was sealed with another key than its secrets could not be restored.
  await checkSecretKey(() => registry.signingKeys.openAll())
  using opened = await openBackupToWrite(dir, registry.dataDir)
  const progress = createProgress(process.stderr)
  const release = { berth: VERSION, schema: (await databaseSteps()).at(-1) ?? '' }
  const answer = await runBackup({ ...registry, progress, place: placeOf(config), release }, opened.folder, options)
  process.exitCode = await printAnswer(answer, process.stdout)
}

async function restore(argv: readonly string[]): Promise<void> {
  process.exitCode = 1 // until the command has ended well
  const { folder: dir, options, rest } = parseFolderCall('restore', restoreCommand, argv, settingFlags())
  const config = loadConfig({ ...folderCall('restore', restoreCommand), argv: rest, env: process.env })
  const progress = createProgress(process.stderr)
  using stop = stopOnSignal(RESTORE_STOPPED)
  const answer = await restoreFrom(dir, { config, options, progress, signal: stop.signal, actor: operator() })
  progress.done()
  process.exitCode = await printAnswer(answer, process.stdout)
}

function settingFlags(): string[] {
  return ['config', ...settingPaths.map(flagOf)]
}

function folderCall(name: string, { options }: FolderCommand) {
  return { options: Object.keys(options), help: `berthd help ${name}` }
}

/** The options that a slip among the settings may have been meant to be, and where the command's help is. */
function commandOf({ name, options }: AdminCall) {
  return { options, help: `berthd help admin ${name}` }
}
