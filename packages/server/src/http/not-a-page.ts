/**
 * `Content-Security-Policy` of bytes that came from a caller: a browser that is led to them loads nothing, runs nothing
 * and gives them no origin.
 */
export const NOT_A_PAGE = "default-src 'none'; sandbox"
