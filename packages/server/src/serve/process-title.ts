import { flagOf } from '../config/settings.ts'
import { WITHHELD, withoutPasswords } from '../domain/without-passwords.ts'

const SECRET_KEY = `--${flagOf('secretKey')}`

/** A command line as other users of the machine may see it; undefined where there is nothing to withhold from them. */
export function titleWithoutSecrets(argv: readonly string[]): string | undefined {
  const shown = argv.map((argument, index) => {
    if (argv[index - 1] === SECRET_KEY) return WITHHELD
    return argument.startsWith(`${SECRET_KEY}=`) ? `${SECRET_KEY}=${WITHHELD}` : withoutPasswords(argument)
  })
  return shown.every((argument, index) => argument === argv[index]) ? undefined : shown.join(' ')
}
