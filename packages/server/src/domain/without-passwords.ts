/** The text that stands in the place of one that is not to be seen. */
export const WITHHELD = '***'

/** The login of a URL, up to the last `@` before a blank: passwords often have a plain `/` or `?` in them. */
const LOGIN = /\/\/[^\s"']*@/g
/** Names of secrets in a query or in a connection string of libpq and its like, with their values. */
const PARAMETER = /\b(password|passwd|pwd|secret|token)=[^\s"'&;]*/gi

/** The text without the passwords of URLs in it, for a person to read: a setting or an argument, for example. */
export function withoutPasswords(text: string): string {
  return text.replace(LOGIN, `//${WITHHELD}@`).replace(PARAMETER, `$1=${WITHHELD}`)
}
