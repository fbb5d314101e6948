import type { SettingValues } from '../config/settings.ts'
import { type OpenRegistry, openRegistry } from './open-registry.ts'

/**
 * Opens the registry once more, with connections of its own, for a thread of a server. The tables are as the server
 * found or made them, or further on: while servers are upgraded one after the other, the older ones go on.
 * @throws as `openRegistry`
 */
export function openOnThread(config: SettingValues, connections: number): Promise<OpenRegistry> {
  const options = { connections, isUpToDate: true, isBackground: true }
  return openRegistry(config, { principal: 'berthd', via: 'admin' }, options)
}
