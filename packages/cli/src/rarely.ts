/**
 * What most commands never use. The build makes a file of its own of this module, so that it is loaded only by
 * `await import('./rarely.ts')`; nothing may import it, or what it names here, in any other way.
 */
// The bundler puts what the same files import together: so what every command loads stays one file, not several.
import './main.ts'

export { autoPrompt } from './auto-prompt/auto-prompt.ts'
export { printCompletion } from './commands/completion/scripts.ts'
export { configure } from './commands/configure.ts'
export { showHelp } from './commands/help/show-help.ts'
export { reportPartialFailures } from './commands/operation/fail-on-partial.ts'
export { printInputSkeleton, printOutputSkeleton } from './commands/operation/print-skeleton.ts'
export { containerCredentials } from './credentials/container-credentials.ts'
export { instanceCredentials, readInstanceRegion } from './credentials/instance-metadata.ts'
export { processProvider } from './credentials/process-credentials.ts'
export { refreshing } from './credentials/refreshing.ts'
export { roleProvider } from './credentials/role-credentials.ts'
export { checkSession } from './credentials/role-sources.ts'
export { secure } from './http/tls.ts'
export { openTunnel, proxyAuthorization } from './http/tunnel.ts'
export { pagerSink } from './output/pager.ts'
export { formatTable } from './output/table.ts'
export { formatText } from './output/text.ts'
export { formatYaml } from './output/yaml.ts'
export { readCliInput } from './parameters/cli-input.ts'
export { compileQuery } from './query/query.ts'
