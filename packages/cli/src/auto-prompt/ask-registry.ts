import { service as ecrPublic, type Operation, type ServiceNames } from '@berth/model'
import { globalOptions, globalValues } from '../argv/global-options.ts'
import { parseArguments } from '../argv/parse-arguments.ts'
import { createClient, type Parameters } from '../client/client.ts'
import type { Profiles } from '../config/profiles.ts'
import { createSettings } from '../config/settings.ts'
import { splitWords } from '../config/split-words.ts'
import type { Environment } from '../environment.ts'

const TIMEOUT_SECONDS = '2'

/**
 * Makes a function that asks the registry at which a half-written command line points. Every answer is kept, since
 * suggestions are wanted at each key. A registry that cannot be asked suggests nothing.
 */
export function registryAsker(environment: Environment, profiles: Profiles) {
  const answers = new Map<string, Promise<Parameters | undefined>>()
  return (
    line: string,
    operation: Operation,
    parameters: Parameters,
    service: ServiceNames = ecrPublic,
  ): Promise<Parameters | undefined> => {
    const globals = globalWords(line)
    const id = JSON.stringify([globals, operation.name, [...parameters]])
    const known = answers.get(id)
    if (known !== undefined) return known
    const answer = ask(globals, operation, parameters, service).catch(() => undefined)
    answers.set(id, answer)
    return answer
  }

  async function ask(globals: readonly string[], operation: Operation, parameters: Parameters, service: ServiceNames) {
    const { values } = parseArguments(globalOptions, globals)
    const options = { ...globalValues(values), connectTimeout: TIMEOUT_SECONDS, readTimeout: TIMEOUT_SECONDS }
    const settings = createSettings(profiles, environment, options.profile)
    const client = await createClient({ options, settings, environment, log: () => {} }, service)
    return client.call(operation, parameters)
  }
}

/** The global options that are written so far, without `--version`, which would do something by itself. */
const globalWords = (line: string): string[] => splitWords(line).filter(word => word !== '--version')
