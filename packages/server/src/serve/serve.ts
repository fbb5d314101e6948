import { resolve } from 'node:path'
import type { SettingValues } from '../config/settings.ts'
import { lockFolder } from '../storage/folder-lock.ts'
import { listen } from './listen.ts'
import { open } from './open.ts'
import { run } from './run.ts'
import { createServerProcess } from './server-process.ts'
import { createSurfaces } from './surfaces.ts'
import { readTlsFiles } from './tls-files.ts'
import { tuneRuntime } from './tune-runtime.ts'
import { createUseCases } from './use-cases.ts'

/** Runs the registry until a signal comes and the requests in flight have their answers. */
export async function serve(config: SettingValues): Promise<void> {
  tuneRuntime()
  const berthd = createServerProcess(config)
  const tls = await readTlsFiles(config)
  using _lock = await lockFolder(resolve(config.dataDir))
  await using registry = await open(berthd)
  const useCases = createUseCases(berthd, registry)
  const surfaces = createSurfaces({ berthd, registry, useCases, tls })
  const listening = await listen(berthd, surfaces, tls)
  await run({ berthd, registry, useCases, surfaces, listening })
}
