/** What stands in the place of a text that is not to be seen. */
export const WITHHELD = '***'

/** The login of a URL, up to the last `@` before a blank: passwords with a plain `/` or `?` in them are no rarity. */
const LOGIN = /\/\/[^\s"']*@/g
/** What libpq and its like take as a parameter, or as a word of a connection string. */
const PARAMETER = /\b(password|passwd|pwd|secret|token)=[^\s"'&;]*/gi

/** The text without the passwords of URLs in it, for a person to read: a setting or an argument, for example. */
export function withoutPasswords(text: string): string {
  return text.replace(LOGIN, `//${WITHHELD}@`).replace(PARAMETER, `$1=${WITHHELD}`)
}
