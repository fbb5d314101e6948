import { join } from 'node:path'
import { parseIni } from '../../config/parse-ini.ts'
import { textIfThere } from '../../config/text-if-there.ts'
import { type Environment, setting } from '../../environment.ts'
import { CommandError } from '../../errors.ts'
import { systemError } from '../../python/system-error.ts'
import type { Context } from '../command.ts'

/** A registry on this machine, as its data folder tells of it. */
export interface LocalRegistry {
  readonly dataDir: string
  readonly endpoint: string
  readonly region: string
  readonly accessKeyId: string
  readonly secretAccessKey: string
}

const USUAL_ENDPOINT = 'http://127.0.0.1:5000'

/**
 * Reads the first access key and the address that a server keeps in its data folder. An endpoint or region on the
 * command line comes before those of the folder.
 * @throws CommandError `configuration` where there is no key
 */
export function findLocalRegistry(dataDir: string | undefined, { options, environment }: Context): LocalRegistry {
  const folders = dataDir === undefined ? usualFolders(environment) : [dataDir]
  const found = folders.find(folder => textOf(folder, 'credentials') !== undefined)
  const key = found === undefined ? undefined : parseIni(textOf(found, 'credentials') ?? '').get('default')
  const accessKeyId = key?.get('aws_access_key_id')
  const secretAccessKey = key?.get('aws_secret_access_key')
  if (found === undefined || !accessKeyId || !secretAccessKey) throw noKey(folders)
  return {
    dataDir: found,
    endpoint: options.endpointUrl ?? textOf(found, 'address')?.trim() ?? USUAL_ENDPOINT,
    region: options.region ?? key?.get('region') ?? 'us-east-1',
    accessKeyId,
    secretAccessKey,
  }
}

/**
 * The folders where a server puts its data unless it is told otherwise: below the current folder, and below the
 * checkout of this program.
 */
const usualFolders = (environment: Environment): string[] => [
  setting(environment, 'BERTH_DATA_DIR') ?? 'data',
  join(__dirname, '../../../data'),
]

/**
 * The text of a file in the folder; undefined where the file is not there.
 * @throws CommandError `configuration` for a file that may not be read
 */
function textOf(folder: string, name: string): string | undefined {
  const file = join(folder, name)
  try {
    return textIfThere(file)
  } catch (error) {
    throw new CommandError(
      'configuration',
      `The key of the registry cannot be read: ${systemError(error, file)}. Run this as the user that runs the server, or ` +
        'have an access key made by `berthd admin key create` and put it into a profile of your own.',
      { cause: error },
    )
  }
}

const noKey = (folders: readonly string[]): CommandError =>
  new CommandError(
    'configuration',
    `No access key in ${folders.join(' or ')}. Start the registry first (npm start), or name its data folder by ` +
      '--data-dir. Where the server runs and its credentials file is lost, make another key by ' +
      '`berthd admin key create --account ID --user admin`.',
  )
