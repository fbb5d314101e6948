import { resolve } from 'node:path'
import { printText } from '../admin/print-answer.ts'
import type { SettingValues } from '../config/settings.ts'
import { type LockedFolder, lockFolder } from '../storage/folder-lock.ts'
import { isShared } from '../storage/open-stores.ts'
import { announce } from '../storage/presence.ts'
import { listen } from './listen.ts'
import { stopText } from './messages.ts'
import { open } from './open.ts'
import { tryPort } from './open-port.ts'
import { openWhenThere } from './open-when-there.ts'
import { run } from './run.ts'
import { createServerProcess, type ServerProcess } from './server-process.ts'
import { catchEarlySignals, type EarlySignals, StoppedEarly } from './signals/stop-early.ts'
import { createSurfaces } from './surfaces.ts'
import { readTlsFiles, type TlsIdentity } from './tls-files.ts'
import { tuneRuntime } from './tune-runtime.ts'
import { createUseCases } from './use-cases.ts'

/**
 * Runs the registry until a signal comes and the requests in flight have their answers. A start that fails leaves
 * nothing behind in a folder that had nothing of berth's.
 */
export async function serve(config: SettingValues): Promise<void> {
  tuneRuntime()
  process.stdout.on('error', () => {}) // its reader has gone, which is no reason to end
  const berthd = createServerProcess(config)
  const tls = await readTlsFiles(config)
  using early = catchEarlySignals()
  using folder = await lockFolder(resolve(config.dataDir))
  const start: Start = { folder, early, mayTakeBack: true }
  try {
    await tryPorts(config)
    const cut = await Promise.race([serveIn(start, berthd, tls), early.overdue])
    process.stdout.write(stopText({ cut, drainSeconds: config.drainSeconds }))
  } catch (error) {
    if (start.mayTakeBack) await folder.takeBack()
    if (!(error instanceof StoppedEarly)) throw error
    await printText(`${error.message}\n`, process.stdout)
    process.exit(0) // a step that hangs would keep the process
  }
}

interface Start {
  readonly folder: LockedFolder
  readonly early: EarlySignals
  /** Whether the files may be removed again: until others may count on what is in the folder. */
  mayTakeBack: boolean
}

async function serveIn(start: Start, berthd: ServerProcess, tls: TlsIdentity | undefined): Promise<number> {
  const onFirstKey = () => {
    // The key in this folder will be in force for other servers, too.
    if (isShared(berthd.config)) start.mayTakeBack = false
  }
  const { signal } = start.early
  await using registry = await openWhenThere(berthd, { tls, signal }, () => open(berthd, onFirstKey))
  await using _presence = await announce(registry.context)
  const useCases = createUseCases(berthd, registry)
  const surfaces = createSurfaces({ berthd, registry, useCases, tls })
  signal.throwIfAborted()
  const listening = await listen(berthd, surfaces, tls)
  start.mayTakeBack = false
  start.early[Symbol.dispose]()
  // From here on `listen` hears signals; one that came just before is handed on.
  if (signal.aborted) process.emit('SIGTERM')
  return await run({ berthd, registry, useCases, surfaces, listening })
}

async function tryPorts({ host, port, metricsHost, metricsPort }: SettingValues): Promise<void> {
  await tryPort({ host, port, flag: '--port' })
  if (metricsPort !== undefined) await tryPort({ host: metricsHost, port: metricsPort, flag: '--metrics-port' })
}
