import { ControlError } from '../../../domain/problem.ts'

const BASIC = /^([0-9]{4})([0-9]{2})([0-9]{2})T([0-9]{2})([0-9]{2})([0-9]{2})Z$/
const HTTP_DATE = /^[A-Z][a-z]{2}, [0-9]{2} [A-Z][a-z]{2} [0-9]{4} [0-9]{2}:[0-9]{2}:[0-9]{2} GMT$/

/** A time as `YYYYMMDDTHHMMSSZ`, the form that strings to sign and error texts use. */
export function formatBasicTime(ms: number): string {
  return new Date(ms).toISOString().replace(/[-:]|\.[0-9]{3}/g, '')
}

/**
 * The milliseconds since 1970 of an X-Amz-Date, or of a Date header in either form; undefined where the text is
 * neither.
 */
export function parseRequestTime(text: string): number | undefined {
  const basic = BASIC.exec(text)
  if (basic === null && !HTTP_DATE.test(text)) return undefined
  const ms = basic === null ? Date.parse(text) : Date.parse(text.replace(BASIC, '$1-$2-$3T$4:$5:$6Z'))
  // Date.parse carries a 30 February over into March: such a day was never signed by a clock.
  if (Number.isNaN(ms) || (basic !== null && formatBasicTime(ms) !== text)) return undefined
  return ms
}

/**
 * Checks that a request's time is near enough. `moment` says in the message which time `nowMs` is.
 * @throws ControlError `signatureMismatch` where the request is too old, or from the future
 */
export function checkSkew(requestMs: number, nowMs: number, maxSkewSeconds: number, moment = ''): void {
  const skewMs = maxSkewSeconds * 1000
  const [request, now] = [formatBasicTime(requestMs), formatBasicTime(nowMs)]
  const minutes = `${maxSkewSeconds / 60} min.`
  if (requestMs < nowMs - skewMs) {
    throw mismatch(
      `Signature expired: ${request} is now earlier than ${formatBasicTime(nowMs - skewMs)} (${now} - ${minutes})${moment}`,
    )
  }
  if (requestMs > nowMs + skewMs) {
    throw mismatch(
      `Signature not yet current: ${request} is still later than ${formatBasicTime(nowMs + skewMs)} (${now} + ${minutes})`,
    )
  }
}

function mismatch(reason: string): ControlError {
  return new ControlError({ kind: 'signatureMismatch', reason })
}
