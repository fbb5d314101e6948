/**
 * Whether a client asks for pages (RFC 9110, section 12.5.1). Browsers name `text/html`. Clients that take any type,
 * such as curl, get the text that they always got.
 */
export function acceptsHtml(accept: string | undefined): boolean {
  return (accept ?? '')
    .toLowerCase()
    .split(',')
    .some(range => {
      const [type = '', ...parameters] = range.split(';').map(part => part.trim())
      return (type === 'text/html' || type === 'application/xhtml+xml') && !parameters.some(isZero)
    })
}

const isZero = (parameter: string): boolean => /^q=0(?:\.0{0,3})?$/.test(parameter)
